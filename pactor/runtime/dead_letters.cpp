#include <pactor/runtime/dead_letters.hpp>

#include <pactor/os/clock.hpp>
#include <pactor/runtime/runtime.hpp>

#include <cstdio>
#include <utility>

namespace pactor::runtime {

namespace {

// True while this thread runs the handler: a dead letter that the handler causes is not handed to it,
// or the two would never end.
thread_local bool in_handler = false;

struct InHandler {
  InHandler() { in_handler = true; }
  ~InHandler() { in_handler = false; }
};

constexpr std::array<const char*, DeadLetter::kReasons> kShortReason{"ended", "mailbox full"};

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

std::string messages(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " more message was" : " more messages were");
}

}  // namespace

std::optional<std::string> DeadLetterLines::line_for(const DeadLetter& letter, bool first,
                                                     Time now) {
  if (!period_began_ || now - *period_began_ >= kPeriod) {
    period_began_ = now;
    lines_in_period_ = 0;
  }
  if (first && lines_in_period_ < kLinesPerPeriod) {
    ++lines_in_period_;
    latest_line_ = now;
    return "pactor: " + letter.explain();
  }
  leave_unsaid(letter);
  if (now - latest_line_ < kPeriod) return std::nullopt;
  ++lines_in_period_;
  latest_line_ = now;
  return rest();
}

void DeadLetterLines::leave_unsaid(const DeadLetter& letter) {
  auto entry = unsaid_.find(letter.actor);
  if (entry == unsaid_.end()) {
    if (unsaid_.size() == kNamed) {
      ++unsaid_of_others_;
      return;
    }
    entry = unsaid_.emplace(letter.actor, Unsaid{.name = letter.name}).first;
  }
  ++entry->second.count[static_cast<std::size_t>(letter.reason)];
}

std::optional<std::string> DeadLetterLines::rest() {
  if (unsaid_.empty()) return std::nullopt;
  std::uint64_t all = unsaid_of_others_;
  std::string list;
  for (const auto& [id, unsaid] : unsaid_) {
    for (std::size_t reason = 0; reason < unsaid.count.size(); ++reason) {
      const std::uint64_t count = unsaid.count[reason];
      if (count == 0) continue;
      all += count;
      list += (list.empty() ? ": " : ", ") + std::to_string(count) + " to '" + unsaid.name + "' (" +
              kShortReason[reason] + ")";
    }
  }
  if (unsaid_of_others_ != 0) list += ", " + std::to_string(unsaid_of_others_) + " to others";
  unsaid_.clear();
  unsaid_of_others_ = 0;
  return "pactor: " + messages(all) + " not delivered" + list;
}

void DeadLetters::set_handler(Handler handler) {
  auto shared = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
  const std::lock_guard lock(mutex_);
  handler_.swap(shared);  // the older one is destroyed after the lock is released, as is its state
}

void DeadLetters::take_handler(DeadLetters& other) {
  const std::unique_lock lock(other.mutex_, std::try_to_lock);
  if (lock.owns_lock()) handler_ = other.handler_;
}

void DeadLetters::report(const DeadLetter& letter, bool first) {
  counts_[static_cast<std::size_t>(letter.reason)].fetch_add(1, std::memory_order_relaxed);
  std::shared_ptr<const Handler> handler;
  std::optional<std::string> line;
  {
    const std::lock_guard lock(mutex_);
    if (!in_handler) handler = handler_;
    if (handler == nullptr) {
      line = lines_.line_for(letter, first, std::chrono::nanoseconds(os::coarse_now_ns()));
    }
  }
  if (line) say(*line);
  if (handler != nullptr) hand_over(*handler, letter);
}

void DeadLetters::hand_over(const Handler& handler, const DeadLetter& letter) {
  const InHandler mark;
  std::string thrown;
  try {
    handler(letter);
    return;
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {
    thrown = "something that is no std::exception";
  }
  if (!handler_threw_.exchange(true)) {
    say("pactor: the function given to on_dead_letter() threw " + thrown +
        "; the sender was not told, and further ones are not mentioned. It was about this: " +
        letter.explain());
  }
}

void DeadLetters::say_rest() {
  std::optional<std::string> line;
  {
    const std::lock_guard lock(mutex_);
    line = lines_.rest();
  }
  if (line) say(*line);
}

}  // namespace pactor::runtime

// ---- pactor/dead_letter.hpp ------------------------------------------------------------------

namespace pactor {

void on_dead_letter(std::function<void(const DeadLetter&)> handler) {
  runtime::Runtime::object().dead_letters().set_handler(std::move(handler));
}

std::uint64_t dead_letters(DeadLetter::Reason reason) noexcept {
  return runtime::Runtime::object().dead_letters().count(reason);
}

std::uint64_t dead_letters() noexcept {
  return dead_letters(DeadLetter::Reason::actor_ended) +
         dead_letters(DeadLetter::Reason::mailbox_full);
}

}  // namespace pactor
