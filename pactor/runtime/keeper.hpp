// The keeper: the one process of a program's family that knows all of it.
//
// It creates mailboxes and channels and keeps their descriptors, has the zygote make processes, is
// told by the kernel when one ends, tells those who wait, and ends everything when the program is
// gone. It never touches a message.
//
// A process of its own, single-threaded, on epoll; a stopped or debugged program stops nobody else.
// It never waits for one process on behalf of another: answers go to sockets made for one answer,
// and everything else is a word in shared memory. An actor costs it one descriptor, and a time that
// does not grow with the number of actors (but for a look at all children, see look()).
//
// Split by what happens: keeper_process.cpp (how it begins), keeper.cpp (events and requests),
// keeper_channels.cpp, keeper_spawn.cpp (how actors begin), keeper_children.cpp (how their ends are
// noticed), keeper_restart.cpp (who is begun anew), keeper_end.cpp (what becomes of the others),
// keeper_waits.cpp (cycles of asks).
#pragma once

#include <pactor/mail/channel.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/mail/published_wait.hpp>
#include <pactor/os/clock.hpp>
#include <pactor/os/close_watch.hpp>
#include <pactor/os/memory.hpp>
#include <pactor/os/process.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/keeper_blobs.hpp>
#include <pactor/runtime/keeper_parcels.hpp>
#include <pactor/runtime/keeper_reserve.hpp>
#include <pactor/runtime/keeper_share.hpp>
#include <pactor/runtime/protocol.hpp>

#include <sys/types.h>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace pactor::runtime {

// Becomes the keeper of `program`, in the process just cloned from it. `share` is shared memory.
[[noreturn]] void run_keeper(os::Fd program_control, pid_t program, KeeperShare* share) noexcept;

class Keeper {
 public:
  // Its lines to the others.
  struct Lines {
    os::Fd program;        // the program's requests; closes when the program ends or execs
    os::Fd program_pidfd;  // empty where the kernel has none
    os::Fd requests;       // of all actors
    os::Fd requests_end;   // where the actors write, kept so that it never hangs up
    os::Fd zygote;
  };

  // `share` outlives it.
  Keeper(Lines lines, pid_t zygote_pid, KeeperShare& share);
  [[noreturn]] void run();

 private:
  struct Channel {
    os::Fd memory;  // empty: it lies in the actor's own
    ActorId sender = kNobody;
    bool sender_gone = false;
  };

  // What a process of an actor is born with: descriptors as in a Clone, from kCertificateFd on.
  using BirthKit = std::vector<os::Fd>;

  // An ask that was in progress when its actor's process crashed.
  struct BegunAsk {
    std::uint32_t channel = 0;
    std::uint64_t number = 0;
    Exit crash;
  };

  struct Allowed {
    std::int64_t ms = 0;
    os::Deadline until = os::kNever;
  };

  // The program or an actor.
  struct Member {
    ActorId id = kNobody;
    ActorId creator = kNobody;
    pid_t creator_pid = 0;
    std::string name;
    std::set<ActorId> created;
    std::set<std::pair<ActorId, std::uint32_t>> sends_to;  // actor and channel number there

    // Of an actor:
    pid_t pid = 0;  // of a child that has not been reaped; 0: there is none (yet)
    BirthKit kit;   // until it has been cloned; for good if it may have to be cloned again
    MailboxOptions mailbox;
    RestartOptions restart;
    std::uint32_t restarts = 0;
    std::optional<Exit> last_crash;  // after which it was begun anew
    std::deque<Exit> unsaid;       // crashes, that one included, that no successor has told of yet
    std::deque<BegunAsk> crashed;  // in the latest of these crashes
    os::Fd memory;                 // see actor_memory.hpp
    os::Mapping mailbox_pages;
    int close_watch = os::CloseWatch::kNone;
    bool memory_closed = false;
    std::map<std::uint32_t, Channel> channels;
    std::uint32_t next_channel = mail::kFirstFreeChannel;
    std::set<std::uint32_t> free_channels;  // below next_channel
    std::set<std::uint32_t> unfetched;      // channels that it has to attach
    std::set<std::uint32_t> leavers;        // channels of whose sender's end it has to be told
    os::Fd birth_answer;                    // its creator waits for it
    Allowed construction, close;            // how long each may take
    os::Deadline deadline = os::kNever;     // the earlier of the two
    std::string killed_because;
    std::optional<Exit> own_account;
    std::vector<std::byte> constructor_exception;
    std::uint64_t given_up_wait = 0;  // its turn: of one that closed a cycle, and is being given up
    bool announced = false;           // its end has been told
    bool sender_crashed = false;      // of which it has to be told
  };

  // What an event is about.
  enum class Event : std::uint32_t {
    program,
    program_end,
    requests,
    zygote,
    child_signal,
    memory_closed
  };

  // ---- keeper.cpp
  void watch(const os::Fd& descriptor, Event what) const;
  void wait_for_events();
  template <class Step>
  void go_on_after(const Step& step);
  [[nodiscard]] os::Received receive(const os::Fd& line);
  void handle_event(Event event);
  void handle_program();
  bool handle_actors();  // false: there was nothing
  void handle_bytes(Member& from, os::Received received);
  void handle_request(Member& from, Request request, std::vector<os::Fd> fds);
  void handle(Member& from, const Closing& request);
  Member* find(ActorId id);
  Member* find_process(pid_t pid);
  void handle(const CrashOf& request, const os::Fd& answer);
  // The memory of an actor or a channel, if the keeper can afford it. Throws Error.
  [[nodiscard]] os::Fd afford(os::Fd memory) const;
  // To be called when `construction` or `close` has changed.
  void watch_deadlines(Member& member);

  // ---- keeper_channels.cpp
  void handle(Member& from, const Open& request, const os::Fd& answer);
  void handle(Member& from, const Attach& request, const os::Fd& answer);
  void handle(Member& from, const Drained& request);
  void ring_news(Member& member) const;
  std::uint32_t new_channel(Member& receiver, ActorId sender);
  // The channel, if `from` is one of its ends.
  Channel* channel_of(const Member& from, const mail::Route& route);
  // Who is at its other end; kNobody if that has gone.
  ActorId other_end(const Member& from, const mail::Route& route);
  [[nodiscard]] mail::Place place(const Member& receiver, std::uint32_t channel) const;
  enum class Left { orderly, crashed };
  void leave_channels(Member& sender, Left how);

  // ---- keeper_spawn.cpp
  void handle(Member& from, const Spawn& request, std::vector<os::Fd> fds);
  void give_memory(Member& actor, ActorId creator);
  void begin_process(Member& actor);
  void clone_waiting();
  void not_cloned(Member& member, const std::string& reason);
  void handle_zygote();
  void begin_life(Member& member, pid_t pid);
  void all_cloned();
  void born(Member& member);
  void refuse_spawn(const os::Fd& answer, std::string reason) const;

  // ---- keeper_children.cpp
  void handle_child_signal();
  void handle_memory_closed();
  void memory_closed(Member& member);
  void child_ended(pid_t pid);
  [[nodiscard]] bool may_look() const;
  void look();
  void pause_looking(std::chrono::nanoseconds took);
  void kill_orphans();
  void zygote_ended();
  [[noreturn]] void program_ended();
  // What has to be done cannot be done: all actors end, and whoever asks is told why.
  [[noreturn]] void give_up(std::string_view why);

  // ---- keeper_restart.cpp
  [[nodiscard]] bool may_restart(const Member& member, const Exit& exit) const;
  void restart(Member& member, Exit crash);
  static void remember_crash(Member& member, Exit crash, std::vector<BegunAsk> begun);

  // ---- keeper_end.cpp
  void kill(Member& member, std::string reason);
  void kill_late();
  void ended(Member& member, const os::WaitStatus& status);
  void end_created(const Member& member);
  void end_forked();
  void end_for_good(Member& member, Exit exit);
  void announce(Member& member, Exit exit);
  [[nodiscard]] std::uint64_t unprocessed(const Member& member) const;
  [[nodiscard]] Exit account(Member& member, const os::WaitStatus& status);
  [[nodiscard]] std::string method_in_progress(const Member& member) const;
  void forget(ActorId id);
  // ---- keeper_waits.cpp
  [[nodiscard]] std::vector<std::string> find_cycle(Member& asking);
  [[nodiscard]] bool is_waiting(const Member& waiting, const Member& asked,
                                const mail::Wait& wait) const;
  static void end_wait(const Member& member);

  os::Fd epoll_;
  Lines lines_;
  os::Fd child_signals_;
  os::CloseWatch close_watch_;
  int most_descriptors_;
  pid_t zygote_pid_;
  KeeperShare& share_;
  KeeperReserve reserve_;

  std::map<ActorId, std::unique_ptr<Member>> members_;
  Parcels parcels_;
  Blobs blobs_;
  std::unordered_map<pid_t, ActorId> by_pid_;  // actors' processes that have not been reaped
  std::unordered_map<int, ActorId> by_close_watch_;
  std::set<std::pair<os::Deadline, ActorId>> timed_;  // members with a deadline
  ActorId last_id_;

  std::deque<ActorId> to_clone_;      // the zygote has yet to be asked
  std::deque<ActorId> being_cloned_;  // in the order asked of the zygote
  // Of processes that may be those: what they have asked, and how they ended.
  std::unordered_map<pid_t, std::vector<os::Received>> held_;
  std::unordered_map<pid_t, os::WaitStatus> ended_early_;

  std::set<ActorId> on_their_way_out_;  // their memory is closed; the kernel will tell
  bool look_wanted_ = false;
  os::Deadline next_look_ = os::Deadline::min();
  std::map<ActorId, Exit> remembered_;    // the latest ends, for those who ask later
  std::deque<ActorId> in_order_of_ends_;  // whose those are, the oldest end first
};

// To a socket made for this one answer, or to the zygote. False: it could not be sent. That is the asker's
// loss, who sees its socket close or has gone itself, and nobody else's.
template <class Answer>
bool answer_with(const os::Fd& socket, const Answer& answer,
                 std::span<const int> fds = {}) noexcept {
  try {
    wire::Encoder encoder;
    wire::encode(encoder, answer);
    return os::send_message(socket, encoder.view(), fds);
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace pactor::runtime
