// Lets the messages of a stream gather.
//
//     gathering.took(letter.kind == Kind::tell);   // for each message
//     gathering.look_away(sender_cpu);             // when there is none
//
// A receiver that keeps up with its sender looks at the very line of the cache that the sender writes next. Then that
// line goes to and fro for each message, and both sides wait for it longer than all their work takes. So a receiver
// that has taken a run of tells and finds nothing more looks away for a moment: the sender writes on undisturbed, and
// what it wrote comes at once. If little came meanwhile there was no stream, and it takes another long run to try
// again. An ask ends the run, for somebody waits for each answer. Used by the actor's own thread only.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/mail/patience.hpp>

#include <chrono>
#include <cstdint>

namespace pactor::mail {

class Gathering {
 public:
  void took(bool tell) noexcept { run_ = tell ? run_ + 1 : 0; }

  // True if it did. `sender_cpu`: where the sender runs, by its own account; if it is here, nothing would come.
  bool look_away(const Word32& sender_cpu) noexcept {
    const bool enough = run_ >= (looked_away_ ? kSomeTells : kManyTells);
    if (!enough && !looked_away_) return false;  // the run may become a long one yet
    run_ = 0;
    looked_away_ = enough && sender_cpu.load(std::memory_order_relaxed) != this_cpu();
    if (!looked_away_) return false;
    const Clock::time_point start = Clock::now();
    do relax();
    while (Clock::now() - start < kMoment);
    return true;
  }

  static constexpr std::uint32_t kManyTells = 16;  // so many, without having looked away before
  static constexpr std::uint32_t kSomeTells = 4;   // come in a moment, if it is a stream
  static constexpr std::chrono::nanoseconds kMoment{1000};

 private:
  using Clock = std::chrono::steady_clock;

  std::uint32_t run_ = 0;     // tells since the latest ask, or since it looked away
  bool looked_away_ = false;  // before the present run
};

}  // namespace pactor::mail
