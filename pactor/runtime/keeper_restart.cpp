// Who is begun anew after a crash, and with what. See keeper.hpp.
//
// A successor is the same member: its id, its memory and the channels to it are those of the crashed
// process, so proxies stay valid and what was accepted is processed; see mail/succession.hpp. What the
// crashed process had itself (the actors it created, what it forked, its channels to others) is dealt
// with as at any other end.
#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/succession.hpp>
#include <pactor/runtime/actor_memory.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace pactor::runtime {

bool Keeper::may_restart(const Member& member, const Exit& exit) const {
  const bool crashed = exit.kind == Exit::Kind::failed || exit.kind == Exit::Kind::signalled ||
                       exit.kind == Exit::Kind::exited;
  if (!crashed || !member.killed_because.empty()) return false;
  if (member.birth_answer) return false;  // it has never lived: its creator is told
  if (member.restarts >= member.restart.max || !lines_.zygote) return false;
  // Who had begun to process a close was about to end.
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  return control.closing.load(std::memory_order_relaxed) == 0;
}

void Keeper::restart(Member& member, Exit crash) {
  std::vector<BegunAsk> begun;
  try {
    for (const auto& [number, channel] : member.channels) {
      if (const std::uint64_t ask = mail::end_begun_ask(place(member, number))) {
        begun.push_back({.channel = number, .number = ask, .crash = crash});
      }
    }
  } catch (const Error&) {
    // The crashed process has damaged what a channel says of itself: nobody could go on from there.
    end_for_good(member, crash);
    return;
  }
  ++member.restarts;
  remember_crash(member, std::move(crash), std::move(begun));
  member.own_account.reset();
  member.constructor_exception.clear();
  member.memory_closed = false;
  on_their_way_out_.erase(member.id);
  leave_channels(member, Left::crashed);
  auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  control.running_channel.store(0, std::memory_order_relaxed);
  // The successor attaches all channels before it takes a message: order needs all of them.
  for (const auto& [number, channel] : member.channels) {
    if (!in_actor_memory(number)) member.unfetched.insert(number);
    if (channel.sender_gone) member.leavers.insert(number);
  }
  begin_process(member);
}

// For who asked: it may look for its answer when others have crashed since. For the successor, who says it: that
// may crash before it has.
void Keeper::remember_crash(Member& member, Exit crash, std::vector<BegunAsk> begun) {
  constexpr std::size_t kRememberedAsks = 64;  // a later Reply gets the latest crash
  constexpr std::size_t kUnsaid = 64;          // of so many processes one lives to say it
  std::ranges::move(begun, std::back_inserter(member.crashed));
  if (member.crashed.size() > kRememberedAsks) member.crashed.pop_front();
  member.unsaid.push_back(crash);
  if (member.unsaid.size() > kUnsaid) member.unsaid.pop_front();
  member.last_crash = std::move(crash);
}

}  // namespace pactor::runtime
