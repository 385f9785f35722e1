// How an actor ended, as join() returns it and ActorDied carries it.
//
//     pactor::Exit exit = actor.join();
//     if (!exit.orderly()) std::cerr << exit.explain() << '\n';
//
// A plain value: copy it, keep it, send it. It holds no reference to the actor. Its texts are cut after some
// 350 bytes each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pactor {

// How an actor ended.
struct Exit {
  // In which way. What each of them fills in of the rest is said beside it.
  enum class Kind : std::uint8_t {
    closed,     // close() was processed, what was sent before it too, and the destructor ran
    failed,     // an exception escaped: `type`, `text` and, if a method was running, `method`
    signalled,  // the kernel ended it: `code` is the signal, `method` what was running
    exited,     // it called exit(), `code` is the status; or called exec, as `text` says then
    killed,     // pactor ended it: kill(), a deadline, or its creator's end; `text` says which
  };

  Kind kind = Kind::closed;  // in which way it ended
  std::int32_t code = 0;     // the signal or the exit status, by `kind`
  std::string actor = {};    // its name, as given in Options::name or taken from its class
  std::string method = {};   // the method in progress; empty if none was
  std::string type = {};     // of the exception that escaped
  std::string text = {};     // what() of that exception, or the reason for a kill
  // Messages that it had accepted and not begun. If it was closed: what others had told it since the close was sent.
  std::uint64_t unprocessed = 0;

  // Whether it ended as asked, by close().
  [[nodiscard]] bool orderly() const noexcept { return kind == Kind::closed; }
  // Whether nobody needs to be told: it was closed, or killed by kill().
  [[nodiscard]] bool expected() const noexcept {
    return orderly() || (kind == Kind::killed && text == kAskedFor);
  }

  // The `text` of an actor that kill() ended.
  static constexpr std::string_view kAskedFor = "kill() was called";

  // One sentence for a person: "actor 'disk' was ended by signal 11 (SIGSEGV), while it ran read_status".
  [[nodiscard]] std::string explain() const;

  // Equal in all members.
  friend bool operator==(const Exit&, const Exit&) = default;
};

}  // namespace pactor
