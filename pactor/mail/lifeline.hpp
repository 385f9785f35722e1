// Sleeping on a word that an actor, or the keeper in its place, will change, without hanging should
// the keeper itself be killed.
//
//     if (!lifeline.wait(word, seen, deadline)) …too late, or nobody is left to change the word…
//
// An actor's death is announced by the keeper. Its own death is announced by the kernel: the word
// `alive` is on the keeper's robust list, and gets a mark when the keeper ends, whatever ended it.
// The program watches that word beside the one it waits for. Actors need not: they die with the
// keeper.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/os/futex.hpp>

#include <linux/futex.h>
#include <limits>

namespace pactor::mail {

class Lifeline {
 public:
  Lifeline() = default;  // of an actor
  // `alive` holds the keeper's thread id, with FUTEX_WAITERS set.
  explicit Lifeline(const Word32* alive) noexcept : alive_(alive) {}

  [[nodiscard]] bool keeper_died() const noexcept {
    return alive_ != nullptr && (alive_->load(std::memory_order_relaxed) & FUTEX_OWNER_DIED) != 0;
  }

  // Sleeps while `word` holds `seen`. False: the deadline passed, or the keeper died.
  bool wait(const Word32& word, std::uint32_t seen, os::Deadline deadline) const noexcept {
    const std::uint32_t alive = alive_ == nullptr ? 0 : alive_->load(std::memory_order_relaxed);
    if ((alive & FUTEX_OWNER_DIED) != 0) return false;
    const bool in_time = os::futex_wait_either(word, seen, alive_, alive, deadline);
    if (!keeper_died()) return in_time;
    // The kernel wakes one sleeper; each passes it on.
    os::futex_wake(*alive_, std::numeric_limits<int>::max());
    return false;
  }

 private:
  const Word32* alive_ = nullptr;
};

}  // namespace pactor::mail
