// How long to look again and again before going to sleep.
//
//     if (patience.wait_until([&] { return slot_is_answered(); }, peer_cpu)) return;  // while looking
//     futex_wait(...);                                                                // else sleep
//
// A wake-up costs some 5 µs on one core and 50 across two; a look costs nothing while another core
// makes progress, and is a waste where none can. So each side publishes the CPU that it runs on, and
// nobody looks for one who has to run on the same. Else: look for up to a bound that follows what
// looking has brought lately (it doubles on success and halves on failure, down to nothing), and now
// and then try the whole bound again. Not shared between threads.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/mail/pause.hpp>

#include <sched.h>
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

// The CPU of the calling thread, counted from 1. No system call: the kernel keeps it in the thread's
// memory.
[[nodiscard]] inline std::uint32_t this_cpu() noexcept {
  return static_cast<std::uint32_t>(::sched_getcpu()) + 1;
}

// Tells the other side where this one runs. The one writer of the word may call it often.
inline void publish_cpu(Word32& word) noexcept {
  const std::uint32_t cpu = this_cpu();
  if (word.load(std::memory_order_relaxed) != cpu) word.store(cpu, std::memory_order_relaxed);
}

class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  // Longer than a wake-up across cores takes, or two processes that have both slept once would never
  // meet awake again.
  static constexpr std::chrono::nanoseconds kMost = std::chrono::microseconds(100);
  static constexpr std::chrono::nanoseconds kLeast = std::chrono::microseconds(2);
  static constexpr std::uint32_t kRetryEvery = 32;

  // True if `ready()` came true within the bound. `peer_cpu`: where the one who is to make it true
  // last ran, by its own account.
  template <class Ready>
  bool wait_until(Ready ready, const Word32& peer_cpu) {
    if (ready()) return true;
    if (peer_cpu.load(std::memory_order_relaxed) == this_cpu()) return false;
    if (bound_ < kLeast) {
      if (++naps_ % kRetryEvery != 0) return false;
      bound_ = kMost;
    }
    PACTOR_PAUSE("patience: looks again");
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
  static constexpr int kLooksPerClock = 64;

  std::chrono::nanoseconds bound_{0};
  std::uint32_t naps_ = kRetryEvery - 1;  // the first wait tries the whole bound
};

}  // namespace pactor::mail
