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
#include <pactor/os/single_threaded.hpp>

#include <algorithm>

namespace pactor::mail {

// How far ahead a stamp can be that makes sense. A greater one would pull along the clocks of all who
// take it in, who would seem to be the faulty ones then.
//
// No sane stamp is ahead of the machine's clock: it began with a reading of that clock, and each step from
// there, in whichever process, has raised it by one and taken longer than a nanosecond. For the same reason
// nobody who has taken in a stamp within this bound ever hands on one beyond it.
class Horizon {
 public:
  [[nodiscard]] bool holds(std::uint64_t stamp) noexcept {
    if (stamp < bound_.load(std::memory_order_relaxed)) [[likely]]
      return true;
    const std::uint64_t bound = os::now_ns() + kAheadNs;  // once a second
    bound_.store(bound, std::memory_order_relaxed);
    return stamp < bound;
  }

 private:
  static constexpr std::uint64_t kAheadNs = 1'000'000'000;

  std::atomic<std::uint64_t> bound_{0};
};

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
    } while (!replace(last, stamp));
    return stamp;
  }

  // Passes over what no sane process gives.
  void raise(std::uint64_t stamp) noexcept {
    if (!horizon_.holds(stamp)) return;
    std::uint64_t last = last_->load(std::memory_order_relaxed);
    while (last < stamp && !replace(last, stamp)) {
    }
  }

  // From now on there.
  void keep_in(Word64* last) noexcept { last_ = last; }

  // Of a predecessor that may have damaged it.
  void take_over() noexcept {
    if (!horizon_.holds(last())) last_->store(os::now_ns(), std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t last() const noexcept {
    return last_->load(std::memory_order_relaxed);
  }

 private:
  // Relaxed throughout: threads of one process that hand each other work are ordered by whatever
  // they hand it over with, and a modification order of one word is all that is needed beyond. Of one thread, nobody
  // comes between its load and its store: it needs no locked instruction, which would wait for all stores before it.
  bool replace(std::uint64_t& last, std::uint64_t stamp) noexcept {
    if (!os::single_threaded())
      return last_->compare_exchange_weak(last, stamp, std::memory_order_relaxed);
    last_->store(stamp, std::memory_order_relaxed);
    return true;
  }

  Word64* last_;
  Horizon horizon_;
};

}  // namespace pactor::mail
