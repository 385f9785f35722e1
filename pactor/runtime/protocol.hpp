// What processes ask of the keeper, and what it answers.
//
//     Program             --Request-->  keeper       over a socket of its own
//     Actors              --Request-->  keeper       over one for all; the kernel says who asks
//     keeper              --answer-->   the asker    over a socket that came with the request
//     keeper              <-Clone/pid-> zygote
//
// A request that wants an answer brings the socket for it as its first descriptor, so any number of
// threads may ask at the same time, and the keeper never waits for a slow reader. Encoded by wire/.
#pragma once

#include <pactor/exit.hpp>
#include <pactor/mail/depot.hpp>
#include <pactor/options.hpp>
#include <pactor/os/resources.hpp>
#include <pactor/runtime/actor_id.hpp>
#include <pactor/runtime/module.hpp>
#include <pactor/wire/wire.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace pactor::runtime {

// fds: answer, birth certificate, working directory, stdin, stdout, stderr; those of the arguments.
struct Spawn {
  std::string name;
  std::int64_t start_deadline_ms = 0;
  MailboxOptions mailbox = {};
  RestartOptions restart = {};
};
struct Open {  // fds: answer. A channel from the asking process to `target`
  ActorId target = kNobody;
};
// fds: answer. An actor fetches the channels that have been opened to it. What it has got so far stands here: an
// answer may be lost on its way, and is the same until then.
struct Attach {
  std::vector<std::uint32_t> opened = {};
  std::vector<std::uint32_t> senders_gone = {};
};
struct Drained {  // An actor has emptied a channel whose sender is gone
  std::uint32_t channel = 0;
};
struct Born {};  // The constructor has returned
struct Unborn {  // The constructor has thrown: an encoded exception (see exception.hpp)
  std::vector<std::byte> exception;
};
struct Ending {  // How the actor is about to end, by its own account
  Exit exit;
};
struct Closing {  // The creator has sent a close
  ActorId actor = kNobody;
  std::int64_t deadline_ms = 0;
};
struct Kill {
  ActorId actor = kNobody;
};
struct CrashOf {  // fds: answer. How the process of the actor ended that had begun this ask
  mail::Route route;
  std::uint64_t ask = 0;
};
struct CrashesSaid {};  // Of its predecessors, on stderr

// Of the depot, see mail/depot.hpp.
struct Reserve {  // fds: answer
  mail::Route route;
  std::uint64_t bytes = 0;
};
struct Deposit {  // fds: answer, then what is deposited
  mail::Route route;
  std::uint32_t descriptors = 0;  // how many, for some may have been lost on the way
};
struct Fetch {  // fds: answer
  mail::Ticket ticket = 0;
};
struct Collect {  // fds: answer. When all have come, a Discard follows
  mail::Ticket ticket = 0;
};
struct Discard {
  mail::Ticket ticket = 0;
};
struct Leave {
  mail::Route route;
};

struct KeepBlob {  // fds: its memory. Freed when this process has ended and nobody reads it
  std::uint64_t number = 0;
};
struct DropBlob {  // The process has seen to it
  std::uint64_t number = 0;
};

struct FindCycle {  // fds: answer. Whether what the asker waits for waits for it, see PublishedWait
};

using Request = std::variant<Spawn, Open, Attach, Drained, Born, Unborn, Ending, Closing, Kill,
                             Reserve, Deposit, Fetch, Collect, Discard, Leave, KeepBlob, DropBlob,
                             FindCycle, CrashOf, CrashesSaid>;

enum class SpawnOutcome : std::uint8_t { born, threw, died, refused };

struct SpawnAnswer {  // fds, if born: the actor's memory
  SpawnOutcome outcome = SpawnOutcome::refused;
  ActorId actor = kNobody;
  std::int32_t pid = 0;
  std::uint64_t stamp = 0;
  std::vector<std::byte> exception = {};  // threw
  Exit exit = {};                         // died
  std::string reason = {};                // refused
};

struct OpenAnswer {  // fds, if it lives: channel, mailbox
  bool lives = false;
  std::uint32_t channel = 0;
  std::uint64_t offset = 0;  // of the channel in its memory
  std::string name = {};
  Exit exit = {};           // if it does not
  std::string reason = {};  // if the keeper could not
};

struct AttachAnswer {  // fds: the memory of each of `opened`. Both empty: that is all
  std::vector<std::uint32_t> opened;
  std::vector<std::uint32_t> senders_gone;
  bool sender_crashed = false;  // one that could write the doorbell
};

struct CrashAnswer {  // to CrashOf
  bool known = false;
  Exit exit = {};
};

struct DepositAnswer {      // to Reserve (fds: the memory) and Deposit
  mail::Ticket ticket = 0;  // 0: there is nobody any more who would read it, if there is no reason
  std::string reason = {};  // if the keeper could not
};

struct DescriptorsAnswer {        // to Fetch, Collect. fds: what was asked for
  std::uint32_t descriptors = 0;  // how many, for some may be lost on the way
};

struct CycleAnswer {
  std::vector<std::string> names;  // of those who wait, the asking one first; none: it may wait
};

// To the zygote. fds: see CloneFd, then those of the constructor's arguments.
struct Clone {
  // Of an actor that is begun anew.
  struct Restart {
    std::uint32_t number = 0;  // 0: this is its first process
    std::uint32_t of = 0;      // how many there may be
    // Of the processes before that nobody has told of; the latest last.
    std::vector<Exit> crashes = {};
  };

  ActorId actor = kNobody;
  std::int32_t creator = 0;  // its process
  MailboxOptions mailbox = {};
  Restart restart = {};
};
struct Cloned {
  std::int32_t pid = 0;  // or minus the error
};

// What an actor has to know before it runs a line of the user's code; in a memory of its own, for it
// may be long. Written by the creator.
struct BirthCertificate {
  std::int32_t thread = 0;      // that writes this; first, for the zygote looks at it alone
  std::int32_t securebits = 0;  // prctl(PR_GET_SECUREBITS)
  bool dumpable = true;         // prctl(PR_GET_DUMPABLE)
  std::optional<os::Resources> resources = {};  // if they are not those of the program's start
  Code entry = {};                              // an ActorEntry
  std::string name = {};
  std::uint64_t stamp = 0;  // the creator's last
  std::vector<std::string> environment = {};
  std::vector<std::byte> arguments = {};
};

// What the descriptors of a Clone are.
enum CloneFd : std::size_t {
  kMemoryFd,  // see actor_memory.hpp
  kCertificateFd,
  kDirectoryFd,
  kStdinFd,
  kStdoutFd,
  kStderrFd,
  kCloneFds
};

}  // namespace pactor::runtime
