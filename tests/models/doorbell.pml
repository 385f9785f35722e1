/* No wake-up is lost, no message either, whoever is killed at whatever step.
 *
 * SENDERS processes send MESSAGES each to one receiver, which processes, puts its channels to rest, and
 * sleeps. Any sender and, up to RESTARTS times, the receiver are killed at any step; the keeper then rings,
 * or begins a successor. When nothing can happen any more, all that was committed must have been processed,
 * once and in order. Follows pactor/mail/doorbell.hpp, mailbox.cpp, outlet.cpp and inlet.cpp; the names of
 * steps are theirs.
 *
 * Each BREAK_... leaves out one thing that the argument in doorbell.hpp rests on.
 */
#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef MESSAGES
#define MESSAGES 1
#endif
#ifndef RESTARTS
#define RESTARTS 1
#endif

/* The processes that have a store buffer. */
#define RECEIVER SENDERS
#define KEEPER (SENDERS + 1)
#define PROCESSES (SENDERS + 2)

/* The words of the shared memory. Channel SENDERS is the keeper's, for news. */
#define NEWS SENDERS
#define HEADER(c, i) ((c) * (MESSAGES + 1) + (i))
#define PAYLOAD(c, i) (SENDERS * (MESSAGES + 1) + (c) * MESSAGES + (i))
#define CHANNEL_WORDS (SENDERS * (2 * MESSAGES + 1))
#define ARMED(c) (CHANNEL_WORDS + (c))
#define TAKEN(c) (CHANNEL_WORDS + SENDERS + (c))
#define BIT(c) (CHANNEL_WORDS + 2 * SENDERS + (c))
#define SUMMARY (CHANNEL_WORDS + 3 * SENDERS + 1)
#define ASLEEP (SUMMARY + 1)
#define BELL (SUMMARY + 2)
#define WORDS (SUMMARY + 3)

#include "tso.pml"
#include "bell.pml"

#ifdef BREAK_COMMIT_ORDER
#define STORE_COMMIT STORE
#else
#define STORE_COMMIT STORE_SC
#endif
#ifdef BREAK_ARMED_ORDER
#define STORE_ARMED STORE
#else
#define STORE_ARMED STORE_SC
#endif
#ifdef BREAK_ASLEEP_ORDER
#define STORE_ASLEEP STORE
#else
#define STORE_ASLEEP STORE_SC
#endif

/* What an observer outside knows. */
bool kill_sender[SENDERS], sender_gone[SENDERS], left[SENDERS];
bool kill_receiver;
byte committed[SENDERS], accepted[SENDERS], processed[SENDERS];

proctype Sender(byte me) {
  byte i, v;
  {
    do
    :: i < MESSAGES ->
         STORE(me, PAYLOAD(me, i), i + 1);
#ifndef BREAK_ZERO
         STORE(me, HEADER(me, i + 1), 0);
#endif
         atomic { STORE_COMMIT(me, HEADER(me, i), 1); committed[me]++ };
         LOAD(me, ARMED(me), v);
         if
         :: v != 0 -> ring(me, me, v)
         :: else
         fi;
         atomic { accepted[me]++; i++ }
    :: else -> break
    od
  } unless { kill_sender[me] };
  atomic { v = 0; i = 0 };
  if
  :: kill_sender[me] -> sender_gone[me] = true
  :: else  /* it stays, and says nothing more */
  fi
}

/* Looks at one channel: processes what is there. */
inline look(ch, any) {
  do
  :: next[ch] < MESSAGES ->
       LOAD(me, HEADER(ch, next[ch]), v);
       if
       :: v != 0 ->
            atomic {
              STORE(me, TAKEN(ch), next[ch] + 1);
              /* Begun: from here on it never is again. */
              assert(processed[ch] == next[ch]);
              processed[ch]++
            };
            LOAD(me, PAYLOAD(ch, next[ch]), v);
            atomic { assert(v == next[ch] + 1); next[ch]++; any = true; v = 0 }
       :: else -> break
       fi
  :: else -> break
  od
}

proctype Receiver() {
  byte me = RECEIVER;
  byte next[SENDERS];
  bool awake[SENDERS];
  bool news, found;
  byte c, v, bits, seen;
  {
    /* take_over(), attach() */
    atomic { DRAIN(me); mem[BIT(NEWS)] = 0 };
    STORE(me, ASLEEP, 0);
    news = true;
    c = 0;
    do
    :: c < SENDERS ->
         LOAD(me, TAKEN(c), next[c]);
         STORE(me, ARMED(c), 0);
#ifndef BREAK_ATTACH
         atomic { DRAIN(me); mem[BIT(c)] = 0 };
#endif
         atomic { awake[c] = true; c++ }
    :: else -> break
    od;
    do
    :: true ->
      begin_round:
         found = false;
         c = 0;
         /* collect() */
         LOAD(me, SUMMARY, v);
         if
         :: v != 0 ->
#ifdef BREAK_SUMMARY_FIRST
              bits = v;
#else
              atomic { DRAIN(me); bits = mem[SUMMARY]; mem[SUMMARY] = 0 };
#endif
              do
              :: c <= SENDERS ->
                   if
                   :: (bits >> c) & 1 ->
                        atomic { DRAIN(me); v = mem[BIT(c)]; mem[BIT(c)] = 0 };
                        if
                        :: v != 0 && c == NEWS -> news = true
                        :: v != 0 && c < SENDERS && !awake[c] ->
                             awake[c] = true;
                             STORE(me, ARMED(c), 0)
                        :: else
                        fi
                   :: else
                   fi;
                   atomic { v = 0; c++ }
              :: else -> break
              od;
#ifdef BREAK_SUMMARY_FIRST
              atomic { DRAIN(me); mem[SUMMARY] = 0 };
#endif
              atomic { bits = 0; c = 0 }
         :: else
         fi;
         /* fetch_news(): who has left is looked at, for the last time. */
         if
         :: news ->
              news = false;
              do
              :: c < SENDERS ->
                   if
                   :: left[c] && !awake[c] -> awake[c] = true; STORE(me, ARMED(c), 0)
                   :: else
                   fi;
                   c++
              :: else -> break
              od;
              c = 0
         :: else
         fi;
         /* take() */
         do
         :: c < SENDERS ->
              if
              :: awake[c] -> look(c, found)
              :: else
              fi;
              c++
         :: else -> break
         od;
         c = 0;
         if
         :: found -> goto begin_round
         :: else
         fi;
         /* wait(): rest() of each, then sleep() */
         do
         :: c < SENDERS ->
              if
              :: awake[c] ->
                   STORE_ARMED(me, ARMED(c), 1);
#ifndef BREAK_LOOK_AFTER_ARMING
                   if
                   :: next[c] < MESSAGES -> LOAD(me, HEADER(c, next[c]), v)
                   :: else -> v = 0
                   fi;
                   if
                   :: v != 0 -> v = 0; STORE(me, ARMED(c), 0); goto begin_round
                   :: else
                   fi;
#endif
                   awake[c] = false
              :: else
              fi;
              c++
         :: else -> break
         od;
         c = 0;
         LOAD(me, BELL, seen);
         STORE_ASLEEP(me, ASLEEP, 1);
#ifndef BREAK_LOOK_BEFORE_SLEEP
         LOAD(me, SUMMARY, v);
#endif
         if
         :: v == 0 ->
              /* futex_wait() */
              atomic {
                DRAIN(me);
                if
                :: mem[BELL] == seen -> sleeps = true
                :: else
                fi
              };
              end_asleep: !sleeps
         :: else -> v = 0
         fi;
         seen = 0;
         STORE(me, ASLEEP, 0)
    od
  } unless { kill_receiver };
  atomic {
    DRAIN(me);
    atomic { kill_receiver = false; sleeps = false; v = 0 };
    run Receiver()
  }
}

/* What it had stored is in memory, and the keeper has not acted on it yet. */
#define HAS_GONE(c) (sender_gone[(c) % SENDERS] && !left[(c) % SENDERS] && buffered[(c) % SENDERS] == 0)

proctype Keeper() {
  byte c, v;
  end:
  do
  :: atomic {
       if
       :: HAS_GONE(0) -> c = 0
       :: HAS_GONE(1) -> c = 1 % SENDERS
       fi;
       left[c] = true;
       c = 0
     };
#ifndef BREAK_KEEPER_RINGS
     ring(KEEPER, NEWS, v)
#endif
  od
}

/* Whom to kill; when is left to the interleaving. */
proctype Killer() {
  byte c, times;
  do
  :: c < SENDERS ->
       if
       :: kill_sender[c] = true
       :: skip
       fi;
       c++
  :: times < RESTARTS && !kill_receiver ->
       kill_receiver = true;
       times++
  :: break
  od
}

/* When nothing moves any more. */
proctype Judge() {
  byte c;
  timeout ->
    do
    :: c < SENDERS ->
         assert(processed[c] == committed[c] && accepted[c] <= committed[c]);
         c++
    :: else -> break
    od
}

init {
  byte c, i;
  atomic {
    do
    :: c < SENDERS ->
         /* What an earlier lap has left; only the first header reads as "nothing yet". */
         i = 1;
         do
         :: i <= MESSAGES -> mem[HEADER(c, i)] = 1; i++
         :: else -> break
         od;
         run Sender(c);
         c++
    :: else -> break
    od;
    c = 0;
    i = 0;
    run Machine();
    run Receiver();
    run Keeper();
    run Killer();
    run Judge()
  }
}
