// Keeps the calling thread, and those that it creates meanwhile, on the CPU on which it runs.
//
//     const OnOneCpu here;
#pragma once

#include <sched.h>
#include <cstdlib>

namespace pactor::testing {

class OnOneCpu {
 public:
  OnOneCpu() {
    if (::sched_getaffinity(0, sizeof before_, &before_) != 0) std::abort();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    if (::sched_setaffinity(0, sizeof one, &one) != 0) std::abort();
  }
  OnOneCpu(const OnOneCpu&) = delete;
  OnOneCpu& operator=(const OnOneCpu&) = delete;
  ~OnOneCpu() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

}  // namespace pactor::testing
