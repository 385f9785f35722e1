// The dead letters of this process: counted, and handed to on_dead_letter() or said on stderr.
//
//     runtime.dead_letters().report(letter, first);   // first: to this actor, for this reason
//     runtime.dead_letters().say_rest();              // at the end of the process
//
// Any thread. No lock is held while the handler runs.
#pragma once

#include <pactor/dead_letter.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace pactor::runtime {

// Decides what is said of dead letters, and when: it has no thread and no timer, so what is not said is
// said with a later dead letter, or at the end. A sender in a loop thus costs one line a second, and
// a thousand actors that end at once ten.
class DeadLetterLines {
 public:
  using Time = std::chrono::nanoseconds;  // of any clock

  // The line to be printed now, if any.
  [[nodiscard]] std::optional<std::string> line_for(const DeadLetter& letter, bool first, Time now);
  // The line for all that is left unsaid.
  [[nodiscard]] std::optional<std::string> rest();

  static constexpr Time kPeriod = std::chrono::seconds(1);
  static constexpr int kLinesPerPeriod = 10;
  static constexpr std::size_t kNamed = 8;  // actors in one line

 private:
  struct Unsaid {
    std::string name;
    std::array<std::uint64_t, DeadLetter::kReasons> count{};
  };
  void leave_unsaid(const DeadLetter& letter);

  std::map<std::uint64_t, Unsaid> unsaid_;  // by actor
  std::uint64_t unsaid_of_others_ = 0;      // beyond kNamed
  std::optional<Time> period_began_;
  int lines_in_period_ = 0;
  Time latest_line_{0};
};

class DeadLetters {
 public:
  using Handler = std::function<void(const DeadLetter&)>;

  void set_handler(Handler handler);
  // That of `other`, whose lock may be held for ever by a thread that there is not any more.
  void take_handler(DeadLetters& other);
  void report(const DeadLetter& letter, bool first);
  [[nodiscard]] std::uint64_t count(DeadLetter::Reason reason) const noexcept {
    return counts_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
  }
  void say_rest();

 private:
  void hand_over(const Handler& handler, const DeadLetter& letter);

  std::array<std::atomic<std::uint64_t>, DeadLetter::kReasons> counts_{};
  std::atomic<bool> handler_threw_{false};
  std::mutex mutex_;  // guards the following
  std::shared_ptr<const Handler> handler_;
  DeadLetterLines lines_;
};

}  // namespace pactor::runtime
