// A dead letter: a message that was told to an actor and is not delivered, because the actor has ended
// or because its mailbox was full and its policy is to drop the newest.
//
//     pactor::on_dead_letter([](const pactor::DeadLetter& lost) { log(lost.explain()); });
//     if (pactor::dead_letters(disk.proxy()) != 0) slow_down();
//
// Told and counted where the message was sent, process by process: an actor that wants its own handler
// sets it in its constructor. An ask that is not delivered is no dead letter, for its Reply says so;
// nor is what an actor sends itself after its close, which is how a loop ends.
#pragma once

#include <pactor/exit.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace pactor {

template <class T>
class Proxy;

// What on_dead_letter() is told of one of them: a plain value.
struct DeadLetter {
  // Why it was not delivered.
  enum class Reason : std::uint8_t {
    actor_ended,   // it had been closed, or had ended otherwise
    mailbox_full,  // and Options::mailbox.when_full is drop_newest
  };
  static constexpr std::size_t kReasons = 2;  // how many reasons there are

  std::uint64_t actor = 0;              // as Proxy::id()
  std::string name = {};                // the actor's
  std::string method = {};              // that should have run
  Reason reason = Reason::actor_ended;  // why it did not
  std::optional<Exit> exit = {};  // how the actor ended; nothing if that is not known here (yet)

  // One sentence for a person: "add to 'counter' was not delivered: actor 'counter' was ended by …".
  [[nodiscard]] std::string explain() const;
};

// Who is told of each dead letter of this process, in place of the lines on stderr that tell of them
// otherwise (the first of each actor at once, but ten lines a second at most; then one line a second that
// sums up, and the rest at the end of the process). May be set anew at any time, by any thread. Called by
// the thread that sends, before its call returns; by several at the same time if they send so. What it
// throws does not leave the sender's call. A dead letter that it causes itself is only counted and
// said on stderr. An empty function: the lines again.
void on_dead_letter(std::function<void(const DeadLetter&)> handler);

// How many this process has had, to anybody, for any reason. Any thread.
[[nodiscard]] std::uint64_t dead_letters() noexcept;
// The same, for one reason.
[[nodiscard]] std::uint64_t dead_letters(DeadLetter::Reason reason) noexcept;

// How many to this actor, for one reason: counted for as long as somebody in this process has a proxy of
// it. Of an empty proxy: 0. Any thread.
template <class T>
[[nodiscard]] std::uint64_t dead_letters(const Proxy<T>& proxy,
                                         DeadLetter::Reason reason) noexcept {
  return proxy ? proxy.remote()->dead_letters(reason) : 0;
}

// The same, for any reason.
template <class T>
[[nodiscard]] std::uint64_t dead_letters(const Proxy<T>& proxy) noexcept {
  return dead_letters(proxy, DeadLetter::Reason::actor_ended) +
         dead_letters(proxy, DeadLetter::Reason::mailbox_full);
}

}  // namespace pactor
