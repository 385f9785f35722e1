// Whether this process has one thread, as far as libc knows.
#pragma once

#include <sys/single_threaded.h>

namespace pactor::os {

// While it is, one need not keep others out: nobody else can start a thread. May be false although there is one again.
[[nodiscard]] inline bool single_threaded() noexcept { return __libc_single_threaded != 0; }

}  // namespace pactor::os
