// The clock of a process by which receivers put messages into causal order.
//
//     Stamper stamper(&control->last_stamp);
//     record.stamp = stamper.next();      // for a message that leaves
//     stamper.raise(letter.stamp);        // for a message that was taken in
//
// A Lamport clock: the stamp of an event is greater than the stamps of all that happened before it,
// within the process or, through messages, in others. Correct by that alone; joining in the machine's
// coarse clock merely makes it fair to processes that have not talked for a while. One word per
// process; any thread may use it.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/os/clock.hpp>

#include <algorithm>

namespace pactor::mail {

class Stamper {
 public:
  // An actor's word lies in its control page, so that its successor goes on from there.
  explicit Stamper(Word64* last) noexcept : last_(last) {}

  // Greater than every stamp given or taken in before.
  [[nodiscard]] std::uint64_t next() noexcept {
    const std::uint64_t now = os::coarse_now_ns();
    std::uint64_t last = last_->load(std::memory_order_relaxed);
    std::uint64_t stamp = 0;
    do {
      stamp = std::max(last + 1, now);
    } while (!last_->compare_exchange_weak(last, stamp, std::memory_order_relaxed));
    return stamp;
  }

  // Passes over what no sane process gives.
  void raise(std::uint64_t stamp) noexcept {
    if (stamp >= kStampLimit) return;
    std::uint64_t last = last_->load(std::memory_order_relaxed);
    while (last < stamp && !last_->compare_exchange_weak(last, stamp, std::memory_order_relaxed)) {
    }
  }

  [[nodiscard]] std::uint64_t last() const noexcept {
    return last_->load(std::memory_order_relaxed);
  }

 private:
  // Relaxed throughout: threads of one process that hand each other work are ordered by whatever
  // they hand it over with, and a modification order of one word is all that is needed beyond.
  Word64* last_;
};

}  // namespace pactor::mail
