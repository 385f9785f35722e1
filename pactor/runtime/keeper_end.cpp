// How actors end, and what becomes of what they leave. See keeper.hpp.
#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/fate.hpp>
#include <pactor/mail/succession.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>

#include <sys/epoll.h>
#include <sys/wait.h>
#include <algorithm>
#include <csignal>
#include <sstream>
#include <utility>

namespace pactor::runtime {

namespace {

constexpr std::size_t kRememberedEnds = 1024;
constexpr std::size_t kLongestText = 350;  // of each text of an Exit that has to fit mail::Fate

void shorten(std::string& text) {
  if (text.size() > kLongestText) text.replace(kLongestText, std::string::npos, "…");
}

}  // namespace

void Keeper::kill(Member& member, std::string reason) {
  if (member.killed_because.empty()) member.killed_because = std::move(reason);
  set_deadline(member, os::kNever, {});
  if (member.pid > 0) ::kill(member.pid, SIGKILL);
}

void Keeper::kill_late() {
  if (timed_.empty()) return;
  const os::Deadline now = std::chrono::steady_clock::now();
  for (const ActorId id : std::vector(timed_.begin(), timed_.end())) {
    Member& member = *find(id);
    if (member.deadline <= now) kill(member, member.late);
  }
}

void Keeper::ended(ActorId id) {
  if (id == kProgram) program_ended();
  Member& member = *find(id);
  // Its last words are in the socket, whichever of the two events came first.
  for (;;) {
    os::Received received = os::receive_message(member.control, os::Deadline::min());
    if (received.state != os::Received::State::message) break;
    try {
      wire::Decoder decoder(received.bytes);
      handle_request(member, wire::decode<Request>(decoder), std::move(received.fds));
    } catch (const BadMessage&) {
      break;
    }
  }
  if (!member.pidfd) ::kill(member.pid, SIGKILL);  // only its socket's end is known: make it true
  const std::optional<os::WaitStatus> status = os::reap(member.pid, /*block=*/!member.pidfd);
  const Exit exit = account(member, status);
  for (const ActorId created : std::set(member.created)) {
    if (Member* child = find(created)) kill(*child, "its creator '" + member.name + "' had ended");
  }
  kill_orphans();
  announce(member, exit);
  if (member.birth_answer) {
    const bool threw = !member.constructor_exception.empty();
    answer_with(member.birth_answer,
                SpawnAnswer{.outcome = threw ? SpawnOutcome::threw : SpawnOutcome::died,
                            .actor = id,
                            .exception = std::move(member.constructor_exception),
                            .exit = exit});
  }
  forget(id);
}

// The actor's control socket is closed. Either its process is ending, and its pidfd will say so; or it
// has replaced itself by another program (exec), and runs on: the object is gone, and with it the
// actor.
void Keeper::control_closed(Member& member) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, member.control.get(), nullptr);
  member.control_closed = true;
  if (member.pid == 0) return;  // the zygote has yet to tell which process it was
  if (!member.pidfd) {
    ended(member.id);
  } else if (!os::is_exiting(member.pid)) {
    announce(member, Exit{.kind = Exit::Kind::exited,
                          .actor = member.name,
                          .text = "it replaced itself by another program"});
  }
}

Exit Keeper::account(Member& member, const std::optional<os::WaitStatus>& status) {
  Exit exit{.actor = member.name};
  if (member.own_account.has_value()) {
    exit = *member.own_account;
  } else if (!member.killed_because.empty()) {
    exit.kind = Exit::Kind::killed;
    exit.text = member.killed_because;
  } else if (status.has_value() && status->signalled) {
    exit.kind = Exit::Kind::signalled;
    exit.code = status->code;
  } else {
    exit.kind = Exit::Kind::exited;
    exit.code = status.has_value() ? status->code : 0;
  }
  if (exit.kind != Exit::Kind::closed && exit.method.empty())
    exit.method = method_in_progress(member);
  for (std::string* text : {&exit.actor, &exit.text, &exit.type, &exit.method}) shorten(*text);
  return exit;
}

std::string Keeper::method_in_progress(const Member& member) const {
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  if (control.running_channel.load(std::memory_order_acquire) == 0) return {};
  const std::uint64_t id = control.running_method.load(std::memory_order_relaxed);
  for (const mail::MethodName& method : control.methods) {
    if (method.id.load(std::memory_order_acquire) != id) continue;
    return {method.name.data(), ::strnlen(method.name.data(), method.name.size())};
  }
  return "a method";
}

// Before the end is announced: what is being committed just then may be missed, or be a dead letter too.
std::uint64_t Keeper::unprocessed(const Member& member) {
  std::uint64_t messages = 0;
  for (const auto& [number, channel] : member.channels) {
    messages += mail::count_unprocessed(channel.memory);
  }
  return messages;
}

void Keeper::announce(Member& member, Exit exit) {
  if (member.announced) return;
  member.announced = true;
  if (!exit.orderly()) exit.unprocessed = unprocessed(member);
  wire::Encoder encoder;
  wire::encode(encoder, exit);
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  const std::uint64_t stamp = control.last_stamp.load(std::memory_order_acquire);
  for (const auto& [number, channel] : member.channels) {
    if (number != mail::kSelfChannel) mail::announce_end(channel.memory, encoder.view(), stamp);
  }
  remembered_.emplace(member.id, exit);
  if (remembered_.size() > kRememberedEnds) remembered_.erase(remembered_.begin());
}

// The channels in which a process that has ended was the sender: what it had committed is processed,
// then they are given up.
void Keeper::leave_channels(const Member& sender) {
  for (const auto& [actor, number] : sender.sends_to) {
    Member* receiver = find(actor);
    if (receiver == nullptr) continue;
    const auto channel = receiver->channels.find(number);
    if (channel == receiver->channels.end()) continue;
    channel->second.sender_gone = true;
    ring_news(*receiver);
  }
}

void Keeper::forget(ActorId id) {
  Member& member = *find(id);
  leave_channels(member);
  for (const auto& [number, channel] : member.channels) {
    if (Member* sender = find(channel.sender)) sender->sends_to.erase({id, number});
  }
  if (Member* creator = find(member.creator)) creator->created.erase(id);
  parcels_.reader_ended(id);
  timed_.erase(id);
  members_.erase(id);
}

// What an ended actor had forked is the keeper's child now: each actor is subreaper of its own.
void Keeper::kill_orphans() {
  // A child that the zygote has made, and not reported yet, is an actor: look again after its report.
  orphans_left_ = !being_cloned_.empty();
  if (orphans_left_) return;
  for (bool found = true;
       std::exchange(found, false);) {  // each may leave us what it had forked itself
    std::istringstream children(os::list_children());
    for (pid_t pid = 0; children >> pid;) {
      const bool ours = pid == zygote_pid_ ||
                        std::any_of(members_.begin(), members_.end(),
                                    [pid](const auto& entry) { return entry.second->pid == pid; });
      if (ours) continue;
      ::kill(pid, SIGKILL);
      found |= os::reap(pid, /*block=*/true).has_value();
    }
  }
}

void Keeper::zygote_ended() {
  if (!zygote_) return;
  zygote_.reset();
  zygote_pidfd_.reset();
  ::kill(zygote_pid_, SIGKILL);
  static_cast<void>(os::reap(zygote_pid_, /*block=*/true));
  const std::string reason = "the program's zygote process was killed";
  for (const ActorId id : std::exchange(being_cloned_, {})) {
    Member* member = find(id);
    if (member == nullptr) continue;
    refuse_spawn(member->birth_answer, reason);
    forget(id);
  }
  for (const auto& [id, member] : members_) {
    if (id != kProgram) kill(*member, reason);
  }
}

void Keeper::program_ended() {
  for (const auto& [id, member] : members_) {
    if (id != kProgram && member->pid > 0) ::kill(member->pid, SIGKILL);
  }
  ::kill(zygote_pid_, SIGKILL);
  // With each that ends, what it had forked becomes ours, until there is nobody left.
  for (;;) {
    std::istringstream children(os::list_children());
    for (pid_t pid = 0; children >> pid;) ::kill(pid, SIGKILL);
    siginfo_t reaped{};
    if (::waitid(P_ALL, 0, &reaped, WEXITED | __WALL) != 0 && errno != EINTR) ::_exit(0);
  }
}

}  // namespace pactor::runtime
