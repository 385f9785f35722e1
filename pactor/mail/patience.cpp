#include <pactor/mail/patience.hpp>

#include <sched.h>

namespace pactor::mail {

bool Patience::may_spin() {
  cpu_set_t allowed;
  return ::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) > 1;
}

}  // namespace pactor::mail
