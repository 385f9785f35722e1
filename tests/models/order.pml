/* What happened before is processed before, whichever channels it comes through.
 *
 * A sends m1 to the receiver, then a word to B, which thereupon sends m2 to the receiver: m1 has to be
 * processed first. When that begins, A's channel may be looked at in every round, be at rest, or not be
 * known yet; both channels may have other messages. Follows Mailbox::begin_round(), take() and rest() of
 * pactor/mail/mailbox.cpp, and Inlet::look() and next_stamp().
 *
 * Each BREAK_... leaves out one thing that the argument in mailbox.hpp rests on.
 */
#define A 0
#define B 1
#define RECEIVER 2
#define PROCESSES 3
#define NEWS 2

/* The words of the shared memory. A header is its record's stamp here, and zero while there is none. */
#define HEADER(c, i) ((c) * 3 + (i))
#define ARMED(c) (6 + (c))
#define BIT(c) (8 + (c))
#define SUMMARY 11
#define ASLEEP 12
#define BELL 13
#define WORD_TO_B 14
#define WORDS 15

#include "tso.pml"
#include "bell.pml"

/* What an observer outside knows. */
bool opened;           /* the keeper has A's channel, which the receiver may fetch */
bool m1_is_processed;
byte m2_index;         /* in B's channel */

inline send(who, ch, i, stamp, tmp) {
  STORE(who, HEADER(ch, i + 1), 0);
  STORE_SC(who, HEADER(ch, i), stamp);
  LOAD(who, ARMED(ch), tmp);
  if
  :: tmp != 0 -> ring(who, ch, tmp)
  :: else
  fi
}

proctype SenderA() {
  byte v;
  if
  :: opened
  :: !opened ->  /* the keeper does this before A has the channel */
       opened = true;
       ring(A, NEWS, v)
  fi;
  send(A, A, 0, 2, v);  /* m1 */
  STORE_SC(A, WORD_TO_B, 3);
  if
  :: send(A, A, 1, 4, v)
  :: skip
  fi
}

proctype SenderB() {
  byte v, last;
  if
  :: last = 1; send(B, B, 0, last, v); m2_index = 1
  :: skip
  fi;
  do
  :: LOAD(B, WORD_TO_B, v);
     if
     :: v != 0 -> break
     :: else
     fi
  od;
#ifndef BREAK_RAISE
  last = v;
#endif
  v = 0;
  last++;
  send(B, B, m2_index, last, v)
}

inline take_rings() {
  LOAD(me, SUMMARY, v);
  if
  :: v != 0 ->
       atomic { DRAIN(me); bits = mem[SUMMARY]; mem[SUMMARY] = 0; v = 0 };
       c = 0;
       do
       :: c <= NEWS ->
            if
            :: (bits >> c) & 1 ->
                 atomic { DRAIN(me); v = mem[BIT(c)]; mem[BIT(c)] = 0 };
                 if
                 :: v != 0 && (c == NEWS || !attached[c]) -> news = true
                 :: v != 0 && c != NEWS && attached[c] && !looked_at[c] ->
                      looked_at[c] = true;
                      STORE(me, ARMED(c), 0)
                 :: else
                 fi
            :: else
            fi;
            atomic { v = 0; c++ }
       :: else -> break
       od;
       bits = 0
  :: else
  fi;
  c = 0
}

proctype Receiver() {
  byte me = RECEIVER;
  bool attached[2], looked_at[2], news;
  byte first[2], seen[2];  /* the oldest record that was noted; behind the latest */
  byte c, v, bits, limit, stamp[2];
  attached[A] = opened;
  attached[B] = true;
  looked_at[A] = opened;
  looked_at[B] = true;
  end:
  do
  :: true ->
    begin_round:
       take_rings();
       if
       :: news ->
            news = false;
            if
            :: opened && !attached[A] ->
                 STORE(me, ARMED(A), 0);
                 atomic { DRAIN(me); mem[BIT(A)] = 0; attached[A] = true; looked_at[A] = true }
            :: else
            fi;
            goto begin_round
       :: else
       fi;
       /* The first look; what has nothing may be put to rest. */
       do
       :: c <= B ->
            if
            :: looked_at[c] ->
                 do
                 :: seen[c] < 2 ->
                      LOAD(me, HEADER(c, seen[c]), v);
                      if
                      :: v != 0 -> v = 0; seen[c]++
                      :: else -> break
                      fi
                 :: else -> break
                 od;
                 if
#ifdef BREAK_REST_OF_NOTED
                 :: true ->
#else
                 :: first[c] == seen[c] ->
#endif
                      STORE_SC(me, ARMED(c), 1);
                      if
                      :: seen[c] < 2 -> LOAD(me, HEADER(c, seen[c]), v)
                      :: else
                      fi;
                      if
                      :: v != 0 -> v = 0; STORE(me, ARMED(c), 0)
                      :: else -> looked_at[c] = false
                      fi
                 :: true
                 fi
            :: else
            fi;
            c++
       :: else -> break
       od;
       c = 0;
       /* The second look. */
       limit = 255;
#ifndef BREAK_SECOND_RINGS
       take_rings();
#ifndef BREAK_SECOND_NEWS
       if
       :: news -> goto begin_round
       :: else
       fi;
#endif
#endif
#ifndef BREAK_SECOND_LOOK
       do
       :: c <= B ->
            if
            :: looked_at[c] && seen[c] < 2 ->
                 LOAD(me, HEADER(c, seen[c]), v);
                 if
                 :: v != 0 && v < limit -> limit = v
                 :: else
                 fi;
                 v = 0
            :: else
            fi;
            c++
       :: else -> break
       od;
       c = 0;
#endif
       /* take(): of what the round has noted, the smallest first, none beyond the limit. */
       do
       :: true ->
            c = A;
            do
            :: c <= B ->
                 stamp[c] = 255;
                 if
                 :: looked_at[c] && first[c] < seen[c] -> LOAD(me, HEADER(c, first[c]), stamp[c])
                 :: else
                 fi;
                 c++
            :: else -> break
            od;
            atomic {
              if
              :: stamp[A] < stamp[B] -> c = A
              :: else -> c = B
              fi;
              if
              :: stamp[c] == 255 || stamp[c] > limit -> c = 0; stamp[A] = 0; stamp[B] = 0; break
              :: else
              fi;
              if
              :: c == A && first[A] == 0 -> m1_is_processed = true
              :: c == B && first[B] == m2_index && stamp[B] > 1 -> assert(m1_is_processed)
              :: else
              fi;
              first[c]++;
              c = 0;
              stamp[A] = 0;
              stamp[B] = 0
            }
       od
  od
}

init {
  atomic {
    mem[HEADER(A, 1)] = 9;  /* what an earlier lap has left */
    mem[HEADER(A, 2)] = 9;
    mem[HEADER(B, 1)] = 9;
    mem[HEADER(B, 2)] = 9;
    if
    :: opened = true
    :: skip
    fi;
    run Machine();
    run SenderA();
    run SenderB();
    run Receiver()
  }
}
