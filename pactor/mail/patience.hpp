// How long to look again and again before going to sleep.
//
//     if (patience.wait_until([&] { return slot_is_answered(); })) return;   // found while looking
//     futex_wait(...);                                                       // else sleep
//
// A wake-up costs some 5 µs on one core and 50 across two; a look costs nothing while another core
// makes progress, and is a waste where none can. So: look for up to a bound that follows what looking
// has brought lately (it doubles on success and halves on failure, down to nothing), and now and then
// try the whole bound again. Where this thread may use only one CPU there is nobody to wait for.
// Not shared between threads.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace pactor::mail {

// Tells the core that this is a spinning loop.
inline void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  // Longer than a wake-up across cores takes, or two processes that have both slept once would never
  // meet awake again.
  static constexpr std::chrono::nanoseconds kMost = std::chrono::microseconds(100);
  static constexpr std::chrono::nanoseconds kLeast = std::chrono::microseconds(2);
  static constexpr std::uint32_t kRetryEvery = 32;

  // True if `ready()` came true within the bound.
  template <class Ready>
  bool wait_until(Ready ready) {
    if (ready()) return true;
    if (bound_ < kLeast) {
      if (++naps_ % kRetryEvery != 0 || !may_spin()) return false;
      bound_ = kMost;
    }
    const Clock::time_point start = Clock::now();
    do {
      for (int i = 0; i < kLooksPerClock; ++i) {
        if (ready()) {
          bound_ = std::min(bound_ * 2, kMost);
          return true;
        }
        relax();
      }
    } while (Clock::now() - start < bound_);
    bound_ /= 2;
    return false;
  }

 private:
  static constexpr int kLooksPerClock = 16;

  // Whether another core can make progress while this one looks. Asked before each retry only.
  [[nodiscard]] static bool may_spin();

  std::chrono::nanoseconds bound_{0};
  std::uint32_t naps_ = kRetryEvery - 1;  // the first wait tries the whole bound
};

}  // namespace pactor::mail
