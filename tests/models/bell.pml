/* A sender's side of pactor/mail/doorbell.hpp. Define the words BIT(c), SUMMARY, ASLEEP and BELL first. */

bool sleeps;  /* the receiver, in the kernel, on `bell` */

inline wake(who, tmp) {
  LOAD(who, ASLEEP, tmp);
  if
  :: tmp != 0 ->
#ifndef BREAK_BELL
       atomic { DRAIN(who); mem[BELL] = (mem[BELL] + 1) % 8 };
#endif
       sleeps = false
  :: else
  fi;
  tmp = 0
}

inline ring(who, bell_of, tmp) {
  LOAD(who, BIT(bell_of), tmp);
  if
  :: tmp == 0 ->
       atomic { DRAIN(who); mem[BIT(bell_of)] = 1 };
       atomic { DRAIN(who); mem[SUMMARY] = mem[SUMMARY] | (1 << bell_of) };
       wake(who, tmp)
  :: else -> tmp = 0
  fi
}
