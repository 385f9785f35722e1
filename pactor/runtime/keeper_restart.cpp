// Who is begun anew after a crash, and with what. See keeper.hpp.
//
// A successor is the same member: its id, its memory and the channels to it are those of the crashed
// process, so proxies stay valid and what was accepted is processed; see mail/succession.hpp. What the
// crashed process had itself (the actors it created, what it forked, its channels to others) is dealt
// with as at any other end.
#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/succession.hpp>
#include <pactor/runtime/actor_memory.hpp>

#include <utility>

namespace pactor::runtime {

bool Keeper::may_restart(const Member& member, const Exit& exit) const {
  const bool crashed = exit.kind == Exit::Kind::failed || exit.kind == Exit::Kind::signalled ||
                       exit.kind == Exit::Kind::exited;
  if (!crashed || !member.killed_because.empty()) return false;
  if (member.birth_answer) return false;  // it has never lived: its creator is told
  if (member.restarts >= member.restart.max || !lines_.zygote) return false;
  // Who had begun to process a close was about to end.
  const auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  return control.closing.load(std::memory_order_seq_cst) == 0;
}

void Keeper::restart(Member& member, Exit crash) {
  try {
    for (const auto& [number, channel] : member.channels)
      mail::end_begun_ask(place(member, number));
  } catch (const Error&) {
    // The crashed process has damaged what a channel says of itself: nobody could go on from there.
    end_for_good(member, crash);
    return;
  }
  ++member.restarts;
  member.last_crash = std::move(crash);
  member.own_account.reset();
  member.constructor_exception.clear();
  member.memory_closed = false;
  on_their_way_out_.erase(member.id);
  leave_channels(member, Left::crashed);
  auto& control = *member.mailbox_pages.as<mail::Control>(mail::kControlOffset);
  control.running_channel.store(0, std::memory_order_release);
  // The successor attaches all channels before it takes a message: order needs all of them.
  for (const auto& [number, channel] : member.channels) {
    if (!in_actor_memory(number)) member.unfetched.insert(number);
    if (channel.sender_gone) member.leavers.insert(number);
  }
  begin_process(member);
}

}  // namespace pactor::runtime
