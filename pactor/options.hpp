// What can be said of an actor when it is created; all of it may be left out. Plain values, which Actor's
// constructor reads: a change afterwards changes nothing. A deadline of milliseconds::max() is none.
//
//     pactor::Actor<Monitor> disk{pactor::Options{.name = "disk", .close_deadline = 2s}, "sda"};
//     pactor::Options{.restart = {.max = 3}};
//     pactor::Options{.mailbox = {.bytes = 1 << 20, .when_full = pactor::WhenFull::refuse}};
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace pactor {

// What becomes of a message for which a mailbox has no room.
struct WhenFull {
  // Which of the three it is; see wait(), refuse and drop_newest.
  enum class Policy : std::uint8_t {
    wait,         // the sender waits for room
    refuse,       // the sender is told at once
    drop_newest,  // the sender goes on; the message is lost, and counted
  };

  Policy policy = Policy::wait;                                   // which it is
  std::chrono::milliseconds deadline = std::chrono::seconds(30);  // of `wait`; 0 or less: at once

  // Its sender waits for room, and gets Overloaded when the deadline has passed.
  [[nodiscard]] static constexpr WhenFull wait(std::chrono::milliseconds deadline) noexcept {
    return {.policy = Policy::wait, .deadline = deadline};
  }
  static const WhenFull refuse;       // its sender gets Overloaded at once
  static const WhenFull drop_newest;  // a tell becomes a dead letter; an ask gets Overloaded

  // Equal in both members.
  friend constexpr bool operator==(const WhenFull&, const WhenFull&) = default;
};

// How much waits for an actor, and what becomes of more.
struct MailboxOptions {
  // How much one sending process may have waiting here, in bytes. A greater message is taken when nothing
  // else from its sender waits. Memory is used only as messages need it, but address space of some twice
  // this at each end. From 64 KiB to 4 GiB: less is taken for the least, more for the most.
  std::size_t bytes = std::size_t{64} << 20;

  // With `wait`, an actor's methods that send to itself get Overloaded at once: it would wait for itself.
  WhenFull when_full = {};
};

// Whether an actor that crashes is begun anew.
struct RestartOptions {
  // How often an actor that crashes is begun anew: constructed from the same arguments, with the mailbox
  // that it had. A crash is a signal, an exception out of a told method, exit() or exec; not close(), kill(),
  // a deadline or its creator's end. Counted over its whole life. Each restart follows its crash at once and
  // is one line on stderr. 0: the first crash is final. Otherwise the actor costs the program's keeper five
  // descriptors more.
  std::uint32_t max = 0;
};

// What Actor's constructor takes before the arguments of the class.
struct Options {
  // Shown in error messages and as the name of the process (`ps`, `top`; the kernel keeps the first
  // 15 bytes there). Empty: the class's own name. Cut after 200 bytes.
  std::string name = {};

  // How long the constructor may take before it is killed and SpawnError thrown. In a restart, a constructor
  // that takes longer is the actor's end.
  std::chrono::milliseconds start_deadline = std::chrono::seconds(30);

  // How long close() may take, counted from the call, before the actor is killed.
  std::chrono::milliseconds close_deadline = std::chrono::seconds(10);

  // Whether, and how often, it is begun anew after a crash.
  RestartOptions restart = {};

  // How much one sender may have waiting for it, and what becomes of more.
  MailboxOptions mailbox = {};
};

// ----------------------------------------------------------------------------------------------

inline constexpr WhenFull WhenFull::refuse{.policy = Policy::refuse, .deadline = {}};
inline constexpr WhenFull WhenFull::drop_newest{.policy = Policy::drop_newest, .deadline = {}};

}  // namespace pactor
