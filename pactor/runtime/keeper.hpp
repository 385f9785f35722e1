// The keeper: the one process of a program's family that knows all of it.
//
// It creates mailboxes and channels and keeps their descriptors, has the zygote make processes, is
// told by the kernel when one ends, tells those who wait, and ends everything when the program is
// gone. It never touches a message.
//
// A process of its own, single-threaded, on epoll; a stopped or debugged program stops nobody else.
// It never waits for one process on behalf of another: answers go to sockets made for one answer,
// and everything else is a word in shared memory. Split by what happens: keeper.cpp (events and
// requests), keeper_spawn.cpp (how actors begin), keeper_end.cpp (how they end).
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/os/clock.hpp>
#include <pactor/os/memory.hpp>
#include <pactor/os/process.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/keeper_parcels.hpp>
#include <pactor/runtime/protocol.hpp>

#include <sys/types.h>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace pactor::runtime {

// What the program and the keeper share from before the keeper's first instruction.
struct KeeperShare {
  struct Node {
    Node* next;
  } node;                      // the keeper's robust list
  mail::Word32 alive;          // see mail::Lifeline
  ActorId last_id = kProgram;  // actors get the ids above
};

// Becomes the keeper of `program`, in the process just cloned from it. `share` is shared memory.
[[noreturn]] void run_keeper(os::Fd program_control, pid_t program, KeeperShare* share) noexcept;

class Keeper {
 public:
  Keeper(os::Fd program_control, os::Fd program_pidfd, os::Fd zygote, pid_t zygote_pid,
         ActorId last_id);
  [[noreturn]] void run();

 private:
  struct Channel {
    os::Fd memory;
    ActorId sender = kNobody;
    bool fetched = false;      // the receiver has attached it
    bool sender_gone = false;  // and the receiver has yet to be told, or to drain it
    bool told = false;
  };

  // The program or an actor.
  struct Member {
    ActorId id = kNobody;
    ActorId creator = kNobody;
    std::string name;
    pid_t pid = 0;
    os::Fd control;
    os::Fd pidfd;  // empty where there is none: then the end of `control` tells
    std::set<ActorId> created;

    // Of an actor:
    os::Fd mailbox;
    os::Mapping mailbox_pages;
    std::map<std::uint32_t, Channel> channels;
    std::uint32_t next_channel = mail::kFirstFreeChannel;
    std::set<std::uint32_t> free_channels;                 // below next_channel
    std::set<std::pair<ActorId, std::uint32_t>> sends_to;  // actor and channel number there
    os::Fd birth_answer;                                   // its creator waits for it
    os::Deadline deadline = os::kNever;                    // for what it is to have done by then
    std::string late;                                      // why it is killed at `deadline`
    std::string killed_because;
    std::optional<Exit> own_account;
    std::vector<std::byte> constructor_exception;
    bool constructed = false;
    bool control_closed = false;
    bool announced = false;  // its end has been told
  };

  // ---- keeper.cpp
  void wait_for_events();
  void handle_control(ActorId id);
  void handle_request(Member& from, Request request, std::vector<os::Fd> fds);
  void handle(Member& from, const Open& request, const os::Fd& answer);
  void handle(Member& from, const os::Fd& answer);  // Attach
  void handle(Member& from, const Drained& request);
  void handle(Member& from, const Closing& request);
  Member* find(ActorId id);
  void watch(int descriptor, std::uint64_t what, ActorId id) const;
  void ring_news(Member& member) const;
  void set_deadline(Member& member, os::Deadline deadline, std::string late);
  [[nodiscard]] os::Deadline next_deadline() const;
  std::uint32_t new_channel(Member& receiver, ActorId sender);
  // The channel, if `from` is one of its ends.
  Channel* channel_of(const Member& from, const mail::Route& route);
  // Who is at its other end; kNobody if that has gone.
  ActorId other_end(const Member& from, const mail::Route& route);

  // ---- keeper_spawn.cpp
  void handle(Member& from, const Spawn& request, std::vector<os::Fd> fds);
  void handle_zygote();
  void begin_life(Member& member, pid_t pid);
  void born(Member& member);
  void refuse_spawn(const os::Fd& answer, std::string reason) const;

  // ---- keeper_end.cpp
  void kill(Member& member, std::string reason);
  void kill_late();
  void ended(ActorId id);
  void control_closed(Member& member);
  void announce(Member& member, Exit exit);
  [[nodiscard]] static std::uint64_t unprocessed(const Member& member);
  [[nodiscard]] Exit account(Member& member, const std::optional<os::WaitStatus>& status);
  [[nodiscard]] std::string method_in_progress(const Member& member) const;
  void leave_channels(const Member& sender);
  void forget(ActorId id);
  void kill_orphans();
  void zygote_ended();
  [[noreturn]] void program_ended();

  os::Fd epoll_;
  os::Fd zygote_;
  pid_t zygote_pid_;
  os::Fd zygote_pidfd_;
  std::deque<ActorId> being_cloned_;  // in the order asked of the zygote
  std::map<ActorId, std::unique_ptr<Member>> members_;
  Parcels parcels_;
  std::set<ActorId> timed_;  // members with a deadline
  ActorId last_id_;
  bool orphans_left_ = false;           // to be looked for when no process is being made
  std::map<ActorId, Exit> remembered_;  // the latest ends, for those who ask later
};

// What an event is about, in the upper byte of epoll's data; the lower bytes: the member.
enum class Event : std::uint8_t { control = 1, process_end = 2, zygote = 3, zygote_end = 4 };

// To a socket made for this one answer, or to the zygote. If the asker has gone, so be it.
template <class Answer>
void answer_with(const os::Fd& socket, const Answer& answer, std::span<const int> fds = {}) {
  wire::Encoder encoder;
  wire::encode(encoder, answer);
  static_cast<void>(os::send_message(socket, encoder.view(), fds));
}

}  // namespace pactor::runtime
