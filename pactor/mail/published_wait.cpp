#include <pactor/mail/published_wait.hpp>

#include <pactor/os/memory.hpp>

namespace pactor::mail {

PublishedWait::PublishedWait(Doorbell& own, Control& control, Doorbell& target, const Route& route,
                             const Ask& ask)
    : own_(own), control_(control), target_(target) {
  Waiting& waiting = control.waiting;
  // A reader that finds one of these sees the even turn before them too, and knows that it has
  // been reading two waits mixed: release here, acquire there.
  waiting.actor.store(route.actor, std::memory_order_release);
  waiting.number.store(ask.number, std::memory_order_release);
  waiting.channel.store(route.channel, std::memory_order_release);
  waiting.slot.store(ask.slot, std::memory_order_release);
  waiting.turn.fetch_add(1, std::memory_order_seq_cst);  // odd; pairs with read_wait()
  target_.waited_for.fetch_add(1, std::memory_order_seq_cst);
  own_.waits.store(1, std::memory_order_seq_cst);
}

PublishedWait::~PublishedWait() {
  target_.waited_for.fetch_sub(1, std::memory_order_relaxed);  // a late reader asks for nothing
  withdraw_wait(own_, control_);
}

std::optional<Wait> read_wait(const Control& control) {
  const Waiting& waiting = control.waiting;
  // Sequentially consistent as the hints are: who asks because of a hint finds the wait behind it.
  const std::uint64_t turn = waiting.turn.load(std::memory_order_seq_cst);
  if (turn % 2 == 0) return std::nullopt;
  Wait wait;
  wait.turn = turn;
  wait.route.actor = waiting.actor.load(std::memory_order_acquire);
  wait.ask.number = waiting.number.load(std::memory_order_acquire);
  wait.route.channel = waiting.channel.load(std::memory_order_acquire);
  wait.ask.slot = static_cast<std::uint16_t>(waiting.slot.load(std::memory_order_acquire));
  if (waiting.turn.load(std::memory_order_relaxed) != turn) return std::nullopt;
  return wait;
}

bool is_unanswered(const Place& channel, const Wait& wait) {
  if (wait.ask.slot >= kReplySlots) return false;
  const os::Mapping sender(channel.memory, channel.offset + kSenderPartOffset, kPageBytes,
                           os::Access::read);
  const os::Mapping slots(channel.memory, channel.offset + kReceiverPartOffset + kSlotsOffset,
                          kReplySlots * sizeof(ReplySlot), os::Access::read);
  // The state first. Should another thread of the asker have moved the answer away and used the slot for
  // a later ask, the state may be that one's; but then `awaited`, which is read after it, is too.
  const Word64& state = slots.as<ReplySlot>()[wait.ask.slot].state;
  if (reply_number(state.load(std::memory_order_acquire)) == wait.ask.number) return false;
  const Word64& awaited = sender.as<SenderPage>()->awaited[wait.ask.slot];
  return awaited.load(std::memory_order_relaxed) >> 1 == wait.ask.number;
}

void withdraw_wait(Doorbell& own, Control& control) {
  own.waits.store(0, std::memory_order_relaxed);
  if (control.waiting.turn.load(std::memory_order_relaxed) % 2 != 0) {
    control.waiting.turn.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace pactor::mail
