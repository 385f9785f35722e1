// How the keeper notices that a process has ended, or has become another program. See keeper.hpp.
//
// SIGCHLD says that some child has ended, and not which. An actor's memory is closed a moment before its
// process ends (os::CloseWatch), and that says which: so an end costs the same however many actors there
// are. It is a hint. What it misses, and what actors have forked and left to the keeper, is found by a
// look at all children: after ends, when there is time; see look().
#include <pactor/runtime/keeper.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>

#include <sys/wait.h>
#include <algorithm>
#include <csignal>
#include <sstream>
#include <utility>

namespace pactor::runtime {

void Keeper::handle_child_signal() {
  os::clear_child_signals(child_signals_);
  look_wanted_ = true;
  for (const ActorId id : std::vector(on_their_way_out_.begin(), on_their_way_out_.end())) {
    const Member* member = find(id);
    if (member != nullptr && os::has_ended(member->pid)) child_ended(member->pid);
  }
  if (lines_.zygote && os::has_ended(zygote_pid_)) child_ended(zygote_pid_);
}

void Keeper::handle_memory_closed() {
  const os::CloseWatch::Closed closed = close_watch_.take();
  for (const int number : closed.numbers) {
    const auto found = by_close_watch_.find(number);
    if (found != by_close_watch_.end()) memory_closed(*find(found->second));
  }
  if (!closed.lost) return;
  std::vector<ActorId> all;
  all.reserve(by_pid_.size());
  for (const auto& [pid, id] : by_pid_) all.push_back(id);
  for (const ActorId id : all) {
    if (Member* member = find(id)) memory_closed(*member);
  }
}

// Its process is ending; or it has replaced itself by another program (exec), and runs on: the object
// is gone, and with it the actor.
void Keeper::memory_closed(Member& member) {
  member.memory_closed = true;
  if (member.pid == 0) return;  // the zygote has yet to tell which process it was
  if (os::has_ended(member.pid)) {
    child_ended(member.pid);
    return;
  }
  on_their_way_out_.insert(member.id);
  if (!os::has_replaced_itself(member.pid)) return;
  const Exit exit{.kind = Exit::Kind::exited,
                  .actor = member.name,
                  .text = "it replaced itself by another program"};
  if (member.birth_answer || member.restart.max > 0) {
    member.own_account = exit;  // what comes of it is seen to when its process has ended
    ::kill(member.pid, SIGKILL);
  } else {
    end_created(member);  // now: the other program may run for long
    blobs_.process_ended(member.id);
    announce(member, exit);
  }
}

// Reaps it. Its last words have been sent, and its number is not given to another process before.
void Keeper::child_ended(pid_t pid) {
  // More than the socket holds: an actor that never stops asking must not keep us here.
  constexpr int kLastWords = 1024;
  for (int i = 0; i < kLastWords && handle_actors(); ++i) {
  }
  const std::optional<os::WaitStatus> status = os::reap(pid, /*block=*/false);
  if (!status.has_value()) return;
  if (pid == zygote_pid_) {
    zygote_pid_ = 0;
    handle_zygote();  // what it had still to say
    zygote_ended();
  } else if (const auto actor = by_pid_.extract(pid); !actor.empty()) {
    Member& member = *find(actor.mapped());
    member.pid = 0;
    ended(member, *status);
  } else if (!being_cloned_.empty()) {
    ended_early_.insert_or_assign(pid, *status);
  }
}

// A look at all children takes time by their number. Where that is noticeable the next one has to wait, so
// that looks take but a small part of the keeper's time however often one ends.
bool Keeper::may_look() const { return std::chrono::steady_clock::now() >= next_look_; }

void Keeper::look() {
  look_wanted_ = false;
  const std::chrono::nanoseconds began = os::cpu_time();
  while (const pid_t pid = os::any_ended_child()) child_ended(pid);
  kill_orphans();
  pause_looking(os::cpu_time() - began);
}

void Keeper::pause_looking(std::chrono::nanoseconds took) {
  constexpr std::chrono::microseconds kNoticeable{500};
  constexpr int kPause = 8;
  if (took >= kNoticeable) next_look_ = std::chrono::steady_clock::now() + kPause * took;
}

// What an ended actor had forked is the keeper's child now, for each actor is subreaper of its own.
void Keeper::kill_orphans() {
  // A child that the zygote has made, and not reported yet, is an actor: look again after its report.
  if (!being_cloned_.empty()) {
    look_wanted_ = true;
    return;
  }
  // One that even this signal does not end at once (it waits for a disk) is reaped when it has.
  const os::Deadline patience = os::deadline_in(std::chrono::milliseconds(50));
  for (bool found = true;
       std::exchange(found, false);) {  // each leaves us what it had forked itself
    std::istringstream children(os::list_children());
    for (pid_t pid = 0; children >> pid;) {
      if (pid == zygote_pid_ || by_pid_.contains(pid)) continue;
      ::kill(pid, SIGKILL);
      if (os::wait_ended(pid, patience)) found |= os::reap(pid, /*block=*/false).has_value();
    }
  }
}

void Keeper::zygote_ended() {
  if (!lines_.zygote) return;
  lines_.zygote.reset();
  if (zygote_pid_ > 0) ::kill(zygote_pid_, SIGKILL);
  const std::string reason = "the program's zygote process was killed";
  for (std::deque<ActorId>* queue : {&being_cloned_, &to_clone_}) {
    for (const ActorId id : std::exchange(*queue, {})) {
      not_cloned(*find(id), reason);
    }
  }
  all_cloned();
  for (const auto& [id, member] : members_) {
    if (id != kProgram) kill(*member, reason);
  }
}

// Without asking for memory: it may be all that is wanting.
void Keeper::program_ended() {
  for (const auto& [pid, id] : by_pid_) ::kill(pid, SIGKILL);
  if (zygote_pid_ > 0) ::kill(zygote_pid_, SIGKILL);
  // With each that ends, what it had forked becomes ours, until there is nobody left.
  for (;;) {
    os::kill_children();
    siginfo_t reaped{};
    if (::waitid(P_ALL, 0, &reaped, WEXITED | __WALL) != 0 && errno != EINTR) ::_exit(0);
    while (const pid_t pid = os::any_ended_child()) static_cast<void>(os::reap(pid, false));
  }
}

void Keeper::give_up(std::string_view why) {
  std::ranges::copy(why.substr(0, share_.last_words.size() - 1), share_.last_words.begin());
  program_ended();
}

}  // namespace pactor::runtime
