// Sleeping on a 32-bit word in shared memory until another process wakes the sleepers.
//
//     while (word.load() == seen) futex_wait(word, seen, deadline);
//
// The kernel compares and goes to sleep as one step, so a change of the word between the caller's
// look and its sleep is never missed. Wake-ups may be spurious: callers look again. The word may lie
// in a mapping that is read-only for the sleeper or the waker.
#pragma once

#include <pactor/os/clock.hpp>

#include <atomic>
#include <cstdint>

namespace pactor::os {

// Sleeps while `word` holds `seen`, until woken, interrupted, or `deadline`. False: deadline passed.
bool futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                Deadline deadline = kNever) noexcept;

// Sleeps while `word` holds `seen` and `other`, if given, holds `other_seen`. Kernels before 5.16 (and
// valgrind, and some containers) cannot watch two words; there only `word` wakes. False: deadline passed.
bool futex_wait_either(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                       const std::atomic<std::uint32_t>* other, std::uint32_t other_seen,
                       Deadline deadline = kNever) noexcept;

// Wakes at most `sleepers` of those who sleep on `word`.
void futex_wake(const std::atomic<std::uint32_t>& word, int sleepers = 1) noexcept;

}  // namespace pactor::os
