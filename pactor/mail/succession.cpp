#include <pactor/mail/succession.hpp>

#include <pactor/mail/layout.hpp>
#include <pactor/mail/walk.hpp>
#include <pactor/os/futex.hpp>

#include <limits>
#include <optional>

namespace pactor::mail {

namespace {

struct Mapped {
  explicit Mapped(const Place& channel)
      : receiver(channel.memory, channel.offset + kReceiverPartOffset, kReceiverPartBytes,
                 os::Access::read_write),
        terms(read_terms(page())),
        sender(map_sender_part(channel, terms, os::Access::read)) {}

  [[nodiscard]] ReceiverPage& page() const { return *receiver.as<ReceiverPage>(); }
  [[nodiscard]] Walk from(std::uint64_t place) const { return {sender, terms, page(), place}; }
  // At the message that `taken` has passed, and `finished` has not.
  [[nodiscard]] std::optional<Walk> begun() const {
    const std::uint64_t finished = page().finished.load(std::memory_order_relaxed);
    const std::uint64_t taken = page().taken.load(std::memory_order_relaxed);
    Walk walk = from(finished);
    if (!walk.next() || walk.position() > place_position(taken)) return std::nullopt;
    return walk;
  }

  os::Mapping receiver;
  ChannelTerms terms;
  os::Mapping sender;
};

}  // namespace

bool message_in_progress(const Place& channel) {
  const Mapped mapped(channel);
  const std::optional<Walk> begun = mapped.begun();
  return begun && begun->kind() != Kind::close;
}

std::uint64_t end_begun_ask(const Place& channel) {
  const Mapped mapped(channel);
  const std::optional<Walk> begun = mapped.begun();
  if (!begun || begun->kind() != Kind::ask || begun->slot() >= kReplySlots) return 0;
  ReplySlot& slot = mapped.receiver.as<ReplySlot>(kSlotsOffset)[begun->slot()];
  const std::uint64_t number = begun->ask_number();
  const bool answered = reply_number(slot.state.load(std::memory_order_relaxed)) == number;
  if (!answered) {
    slot.state.store(pack_reply(number, ReplyStatus::died), std::memory_order_relaxed);
  }
  // Also if the answer was stored: its writer may have died before it woke anybody.
  os::futex_wake(low_half(slot.state), std::numeric_limits<int>::max());
  return answered ? 0 : number;
}

std::uint64_t count_unprocessed(const Place& channel) {
  const Mapped mapped(channel);
  Walk walk = mapped.from(mapped.page().taken.load(std::memory_order_relaxed));
  std::uint64_t count = 0;
  while (walk.next()) {
    if (walk.kind() != Kind::close) ++count;
  }
  return count;
}

}  // namespace pactor::mail
