// How many descriptors the keeper spends on what it keeps for others: all but some that it needs itself, to
// receive requests, and to say that there are no more.
//
//     os::Fd memory = budget.afford(os::create_shared_memory(…));   // throws Error when they are spent
#pragma once

#include <pactor/os/failure.hpp>
#include <pactor/os/fd.hpp>
#include <pactor/os/socket.hpp>

#include <sys/resource.h>
#include <algorithm>

namespace pactor::runtime {

class DescriptorBudget {
 public:
  // By the limit of this process, as it is now.
  DescriptorBudget() {
    constexpr rlim_t kMost = 1 << 30;
    constexpr int kSpare = 2 * static_cast<int>(os::kMessageFds);
    rlimit limit{.rlim_cur = kMost, .rlim_max = kMost};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    end_ = static_cast<int>(std::min(limit.rlim_cur, kMost)) - kSpare;
  }

  // The kernel gives the lowest number that is free, so a number tells how many are in use.
  [[nodiscard]] bool covers(const os::Fd& descriptor) const noexcept {
    return descriptor.get() < end_;
  }

  [[nodiscard]] os::Fd afford(os::Fd descriptor) const {
    if (covers(descriptor)) return descriptor;
    os::fail("the keeper, which holds one for each actor and each channel, has no descriptor left",
             EMFILE);
  }

 private:
  int end_;
};

}  // namespace pactor::runtime
