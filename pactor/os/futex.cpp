#include <pactor/os/futex.hpp>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace pactor::os {

bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                Deadline deadline) noexcept {
  // FUTEX_WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC, which an interruption cannot stretch.
  const timespec until = to_timespec(deadline);
  const long result =
      ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, seen, deadline == kNever ? nullptr : &until,
                nullptr, FUTEX_BITSET_MATCH_ANY);
  return !(result != 0 && errno == ETIMEDOUT);
}

bool futex_wait_either(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                       const std::atomic<std::uint32_t>* other, std::uint32_t other_seen,
                       Deadline deadline) noexcept {
  static std::atomic<bool> kernel_has_it{true};
  if (other == nullptr || !kernel_has_it.load(std::memory_order_relaxed)) {
    return futex_wait(word, seen, deadline);
  }
  const auto watch = [](const std::atomic<std::uint32_t>& on, std::uint32_t value) {
    return ::futex_waitv{.val = value,
                         .uaddr = reinterpret_cast<std::uintptr_t>(&on),
                         .flags = FUTEX_32,
                         .__reserved = 0};
  };
  std::array<::futex_waitv, 2> watched{watch(word, seen), watch(*other, other_seen)};
  const timespec until = to_timespec(deadline);
  const long result = ::syscall(SYS_futex_waitv, watched.data(), watched.size(), 0,
                                deadline == kNever ? nullptr : &until, CLOCK_MONOTONIC);
  if (result < 0 && errno == ENOMEM) {
    // Not for long, for only one of the two words is watched. The caller looks again.
    constexpr std::chrono::milliseconds kBrief{10};
    const Deadline soon = std::chrono::steady_clock::now() + kBrief;
    return futex_wait(word, seen, std::min(deadline, soon)) || soon < deadline;
  }
  // ENOSYS; or what a container's filter that does not know the call says in its place.
  if (result < 0 && errno != EAGAIN && errno != EINTR && errno != ETIMEDOUT) {
    kernel_has_it.store(false, std::memory_order_relaxed);
    return futex_wait(word, seen, deadline);
  }
  return !(result < 0 && errno == ETIMEDOUT);
}

void futex_wake(const std::atomic<std::uint32_t>& word, int sleepers) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, sleepers, nullptr, nullptr, 0);
}

}  // namespace pactor::os
