/* Memory as x86 gives it: each process has a store buffer, first in first out, that drains whenever the
 * machine likes, at the latest when the process executes a locked instruction. A load sees the process's own
 * buffered stores first, then memory.
 *
 *     STORE(who, word, value)      a store, relaxed or release
 *     STORE_SC(who, word, value)   a sequentially consistent one: it is in memory before the next step
 *     LOAD(who, word, to)          a load, of any order
 *     DRAIN(who)                   what a locked instruction waits for; what follows it in one atomic step is
 *                                 a read-modify-write
 *
 * Define PROCESSES and WORDS first. A process that is killed loses nothing that it has stored: the buffer is
 * the processor's, and drains.
 */
#if PROCESSES > 4
#error "Machine drains four buffers"
#endif
#ifndef BUFFER
#define BUFFER 3
#endif

byte mem[WORDS];
byte buffered[PROCESSES];  /* stores in the buffer */
byte buffer_word[PROCESSES * BUFFER];
byte buffer_value[PROCESSES * BUFFER];
byte i_, n_;  /* scratch, zero between steps */

inline STORE(who, word, value) {
  atomic {
    buffered[who] < BUFFER;
    buffer_word[who * BUFFER + buffered[who]] = word;
    buffer_value[who * BUFFER + buffered[who]] = value;
    buffered[who]++
  }
}

inline LOAD(who, word, to) {
  atomic {
    to = mem[word];
    i_ = 0;
    do
    :: i_ < buffered[who] ->
         if
         :: buffer_word[who * BUFFER + i_] == word -> to = buffer_value[who * BUFFER + i_]
         :: else
         fi;
         i_++
    :: else -> break
    od;
    i_ = 0
  }
}

inline FLUSH_OLDEST(who) {
  mem[buffer_word[who * BUFFER]] = buffer_value[who * BUFFER];
  n_ = 1;
  do
  :: n_ < buffered[who] ->
       buffer_word[who * BUFFER + n_ - 1] = buffer_word[who * BUFFER + n_];
       buffer_value[who * BUFFER + n_ - 1] = buffer_value[who * BUFFER + n_];
       n_++
  :: else -> break
  od;
  buffered[who]--;
  buffer_word[who * BUFFER + buffered[who]] = 0;
  buffer_value[who * BUFFER + buffered[who]] = 0;
  n_ = 0
}

/* For use within an atomic step. */
inline DRAIN(who) {
  do
  :: buffered[who] > 0 -> FLUSH_OLDEST(who)
  :: else -> break
  od
}

inline STORE_SC(who, word, value) {
  atomic {
    DRAIN(who);
    mem[word] = value
  }
}

/* The machine: drains the buffers at any time. */
proctype Machine() {
  byte whose;
  end:
  do
  :: atomic {
       if
       :: buffered[0] > 0 -> whose = 0
       :: PROCESSES > 1 && buffered[1 % PROCESSES] > 0 -> whose = 1 % PROCESSES
       :: PROCESSES > 2 && buffered[2 % PROCESSES] > 0 -> whose = 2 % PROCESSES
       :: PROCESSES > 3 && buffered[3 % PROCESSES] > 0 -> whose = 3 % PROCESSES
       fi;
       FLUSH_OLDEST(whose);
       whose = 0
     }
  od
}
