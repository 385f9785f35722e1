/* A sender that waits for room is woken when there is some, or when a close says that there never will be.
 *
 * One sender, a ring with room for one message, a receiver that processes, or closes at any time, or is
 * killed at any step and succeeded up to RESTARTS times. When nothing can happen any more, the sender must
 * not sleep; all that it was told is accepted has been processed, or is left by a close. Follows
 * Outlet::wait_for_space() and Inlet::publish_freed(), and the constructor of Inlet, in pactor/mail. How a
 * receiver sleeps is doorbell.pml's; here it waits for the next header.
 *
 * Each BREAK_... leaves out one thing that the arguments beside them rest on.
 */
#ifndef MESSAGES
#define MESSAGES 3
#endif
#ifndef RESTARTS
#define RESTARTS 1
#endif

#define SENDER 0
#define RECEIVER 1
#define PROCESSES 2

/* The words of the shared memory. */
#define SENT 0  /* stands for the headers: how many are committed */
#define TAKEN 1
#define FREED 2
#define CLOSED 3
#define WANTS_SPACE 4
#define SPACE 5
#define WORDS 6

#include "tso.pml"

#ifdef BREAK_FREED_ORDER
#define STORE_FREED STORE
#else
#define STORE_FREED STORE_SC
#endif
#ifdef BREAK_WANTED_ORDER
#define STORE_WANTED STORE
#else
#define STORE_WANTED STORE_SC
#endif

bool kill_receiver, restarts_are_over, closes;
bool sleeps;  /* the sender, in the kernel, on `space` */
byte accepted, processed, refused;

proctype Sender() {
  byte sent, freed, closed, seen, now;
  do
  :: sent < MESSAGES && !closed ->
       LOAD(SENDER, FREED, freed);
       LOAD(SENDER, CLOSED, closed);
       if
       :: closed -> break
       :: !closed && sent - freed < 1 ->
            atomic { STORE_SC(SENDER, SENT, sent + 1); sent++ };
            /* The second look at `closed`. */
            LOAD(SENDER, CLOSED, closed);
            if
            :: closed ->
                 LOAD(SENDER, TAKEN, now);
                 if
                 :: now >= sent -> accepted = sent
                 :: else -> refused++
                 fi;
                 now = 0;
                 break
            :: else -> accepted = sent
            fi
       :: else ->
            STORE_WANTED(SENDER, WANTS_SPACE, 1);
            LOAD(SENDER, SPACE, seen);
#ifndef BREAK_LOOK_BEFORE_SLEEP
            LOAD(SENDER, FREED, now);
            LOAD(SENDER, CLOSED, closed);
#else
            now = freed;
#endif
            if
            :: now == freed && !closed ->
                 atomic {
                   DRAIN(SENDER);
                   if
                   :: mem[SPACE] == seen -> sleeps = true
                   :: else
                   fi
                 };
                 end_asleep: !sleeps
            :: else
            fi;
            atomic { now = 0; seen = 0 };
            STORE(SENDER, WANTS_SPACE, 0)
       fi
  :: else -> break
  od
}

inline tell_of_space() {
#ifndef BREAK_SPACE
  LOAD(RECEIVER, SPACE, v);
  STORE_SC(RECEIVER, SPACE, v + 1);
#endif
  atomic { v = 0; sleeps = false }
}

inline publish_freed() {
  LOAD(RECEIVER, FREED, v);
  if
  :: v != taken ->
       STORE_FREED(RECEIVER, FREED, taken);
       LOAD(RECEIVER, WANTS_SPACE, v);
       if
       :: v != 0 -> tell_of_space()
       :: else
       fi
  :: else
  fi;
  v = 0
}

proctype Receiver() {
  byte taken, v;
  {
    LOAD(RECEIVER, TAKEN, taken);
#ifndef BREAK_SUCCESSOR_TELLS
    tell_of_space();
#endif
    do
    :: true ->
         LOAD(RECEIVER, SENT, v);
         if
         :: v > taken ->
              v = 0;
              atomic {
                taken++;
                STORE(RECEIVER, TAKEN, taken);
                assert(processed == taken - 1);
                processed = taken
              };
              if
              :: publish_freed()
              :: skip  /* in batches */
              fi
         :: else ->
              v = 0;
#ifndef BREAK_PUBLISH_BEFORE_SLEEP
              publish_freed();
#endif
              end_idle: mem[SENT] > taken || closes
         fi
    :: closes ->
         STORE_SC(RECEIVER, CLOSED, 1);
#ifdef BREAK_CLOSE_TELLS
         break;
#endif
         tell_of_space();
         break
    od
  } unless { kill_receiver };
  if
  :: kill_receiver ->
       atomic { DRAIN(RECEIVER); kill_receiver = false; v = 0; taken = 0; run Receiver() }
  :: else
  fi
}

proctype Killer() {
  byte times;
  do
  :: times < RESTARTS && !kill_receiver -> kill_receiver = true; times++
  :: closes = true; break
  :: break
  od
}

proctype Judge() {
  timeout ->
    assert(!sleeps);
    assert(closes || (processed == MESSAGES && accepted == MESSAGES));
    assert(processed <= mem[SENT] && accepted + refused <= mem[SENT]);
    assert(refused == 0 || processed < mem[SENT])
}

init {
  atomic {
    run Machine();
    run Sender();
    run Receiver();
    run Killer();
    run Judge()
  }
}
