// How actors end, and what becomes of what they leave. See keeper.hpp.
#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/fate.hpp>
#include <pactor/mail/succession.hpp>
#include <pactor/os/retry.hpp>
#include <pactor/os/socket.hpp>

#include <algorithm>
#include <csignal>
#include <utility>

namespace pactor::runtime {

namespace {

constexpr std::size_t kRememberedEnds = 1024;
constexpr std::size_t kLongestText = 350;  // of each text of an Exit that has to fit mail::Fate

void shorten(Exit& exit) {
  for (std::string* text : {&exit.actor, &exit.text, &exit.type, &exit.method}) {
    if (text->size() > kLongestText) text->replace(kLongestText, std::string::npos, "…");
  }
}

}  // namespace

void Keeper::kill(Member& member, std::string reason) {
  if (member.killed_because.empty()) member.killed_because = std::move(reason);
  member.construction.until = member.close.until = os::kNever;
  watch_deadlines(member);
  // Only while it has not been reaped: afterwards the number may be another process's.
  if (find_process(member.pid) == &member) ::kill(member.pid, SIGKILL);
}

void Keeper::kill_late() {
  const os::Deadline now = timed_.empty() ? os::Deadline::min() : std::chrono::steady_clock::now();
  while (!timed_.empty() && timed_.begin()->first <= now) {
    Member& member = *find(timed_.begin()->second);
    const bool constructing = member.construction.until <= now;
    const std::string ms =
        std::to_string(constructing ? member.construction.ms : member.close.ms) + " ms";
    kill(member, constructing
                     ? "its constructor had not returned after " + ms + " (Options::start_deadline)"
                     : "it had not ended " + ms + " after close() (Options::close_deadline)");
  }
}

void Keeper::ended(Member& member, const os::WaitStatus& status) {
  end_wait(member);
  blobs_.process_ended(member.id);
  Exit exit = account(member, status);
  end_created(member);
  end_forked();
  if (may_restart(member, exit)) {
    restart(member, std::move(exit));
  } else {
    end_for_good(member, exit);
  }
}

// The actors that it had created and, while that is cheap, the processes that it had forked: both before
// its end is told.
void Keeper::end_created(const Member& member) {
  for (const ActorId created : member.created) {
    if (Member* child = find(created)) kill(*child, "its creator '" + member.name + "' had ended");
  }
}

void Keeper::end_forked() {
  if (!may_look()) {
    look_wanted_ = true;
    return;
  }
  const std::chrono::nanoseconds began = os::cpu_time();
  kill_orphans();
  pause_looking(os::cpu_time() - began);
}

void Keeper::end_for_good(Member& member, Exit exit) {
  shorten(exit);
  announce(member, exit);
  if (member.birth_answer) {
    const bool threw = !member.constructor_exception.empty();
    answer_with(member.birth_answer,
                SpawnAnswer{.outcome = threw ? SpawnOutcome::threw : SpawnOutcome::died,
                            .actor = member.id,
                            .exception = std::move(member.constructor_exception),
                            .exit = exit});
  }
  forget(member.id);
}

Exit Keeper::account(Member& member, const os::WaitStatus& status) {
  Exit exit{.actor = member.name};
  if (member.own_account.has_value()) {
    exit = *member.own_account;
  } else if (!member.killed_because.empty()) {
    exit.kind = Exit::Kind::killed;
    exit.text = member.killed_because;
  } else {
    exit.kind = status.signalled ? Exit::Kind::signalled : Exit::Kind::exited;
    exit.code = status.code;
  }
  if (exit.kind != Exit::Kind::closed && exit.method.empty())
    exit.method = method_in_progress(member);
  shorten(exit);
  return exit;
}

std::string Keeper::method_in_progress(const Member& member) const {
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  const std::uint32_t number = control.running_channel.load(std::memory_order_relaxed);
  try {
    if (!member.channels.contains(number) || !mail::message_in_progress(place(member, number)))
      return {};
  } catch (const Error&) {
    // Nobody can say: the process had damaged what it says of itself here, or there is no memory to look.
  }
  const std::uint64_t id = control.running_method.load(std::memory_order_relaxed);
  for (const mail::MethodName& method : control.methods) {
    if (method.id.load(std::memory_order_relaxed) != id) continue;
    return {method.name.data(), ::strnlen(method.name.data(), method.name.size())};
  }
  return "a method";
}

// Before the end is announced: what is being committed just then may be missed, or be a dead letter too.
std::uint64_t Keeper::unprocessed(const Member& member) const {
  std::uint64_t messages = 0;
  for (const auto& [number, channel] : member.channels) {
    try {
      messages += mail::count_unprocessed(place(member, number));
    } catch (const Error&) {
      // The process that has ended had damaged what it says of itself here: nobody can count.
    }
  }
  return messages;
}

void Keeper::announce(Member& member, Exit exit) {
  if (member.announced) return;
  member.announced = true;
  // First: who knows of its end, and says so to an actor, comes there behind all that it had sent. A message
  // that it did not live to ring the doorbell for is found only now.
  leave_channels(member, exit.expected() ? Left::orderly : Left::crashed);
  if (!exit.orderly()) exit.unprocessed = unprocessed(member);
  wire::Encoder encoder;
  wire::encode(encoder, exit);
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  const std::uint64_t stamp = control.last_stamp.load(std::memory_order_relaxed);
  for (const auto& [number, channel] : member.channels) {
    if (number == mail::kSelfChannel) continue;
    try {
      os::insist([&, channel_number = number] {
        mail::announce_end(place(member, channel_number), encoder.view(), stamp);
      });
    } catch (const Error&) {
      give_up("it had no memory to tell an actor's end (see `ulimit -Hv` and vm.max_map_count)");
    }
  }
  remembered_.insert_or_assign(member.id, exit);
  in_order_of_ends_.push_back(member.id);
  if (in_order_of_ends_.size() > kRememberedEnds) {
    remembered_.erase(in_order_of_ends_.front());
    in_order_of_ends_.pop_front();
  }
}

void Keeper::forget(ActorId id) {
  Member& member = *find(id);
  for (const auto& [number, channel] : member.channels) {
    if (Member* sender = find(channel.sender)) sender->sends_to.erase({id, number});
  }
  if (Member* creator = find(member.creator)) creator->created.erase(id);
  parcels_.reader_ended(id);
  timed_.erase({member.deadline, id});
  close_watch_.remove(member.close_watch);
  by_close_watch_.erase(member.close_watch);
  on_their_way_out_.erase(id);
  members_.erase(id);
}

}  // namespace pactor::runtime
