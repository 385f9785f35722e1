#include <pactor/mail/succession.hpp>

#include <pactor/mail/layout.hpp>
#include <pactor/mail/ring.hpp>
#include <pactor/os/futex.hpp>

#include <cstring>
#include <limits>
#include <optional>

namespace pactor::mail {

namespace {

// The records of a channel from a place on. The sender may be writing them, faulty or not: each header is
// read once, and wherever it leads lies within the rings.
class Walk {
 public:
  Walk(const os::Mapping& sender_part, const ChannelTerms& terms, const ReceiverPage& page,
       std::uint64_t place)
      : sender_part_(sender_part), terms_(terms), position_(place_position(place)) {
    if (const auto ring = ring_of(place, sender_part, terms, page)) {
      ring_ = *ring;
    } else {
      lost_ = true;  // a wild write may have been what the process died of
    }
  }

  // The next record that is a message; false if there is none, or the bytes make no sense.
  bool next() {
    constexpr int kSilentInARow =
        2 * static_cast<int>(kMostRings);  // a sane sender's: a skip per move
    for (int silent = 0; !lost_ && silent < kSilentInARow; ++silent) {
      const Record& record = ring_.record(position_);
      header_ = record.header.load(std::memory_order_acquire);
      const std::uint64_t bytes = padded(header_bytes(header_));
      if (bytes < sizeof(Word64) || bytes > ring_.until_end(position_)) return false;
      record_ = &record;
      position_ += bytes;
      switch (header_kind(header_)) {
        case Kind::tell:
        case Kind::ask:
        case Kind::close:
          return bytes >= sizeof(Record);
        case Kind::skip:
          break;
        case Kind::move:
          if (header_slot(header_) >= terms_.rings) return false;
          ring_ = Ring(sender_part_, header_slot(header_), position_);
          break;
        default:
          return false;
      }
    }
    return false;
  }

  [[nodiscard]] Kind kind() const { return header_kind(header_); }
  [[nodiscard]] std::uint16_t slot() const { return header_slot(header_); }
  // Behind the record.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t ask_number() const {
    std::uint64_t number = 0;
    if (header_bytes(header_) >= sizeof(Record) + sizeof number) {
      std::memcpy(&number, reinterpret_cast<const std::byte*>(record_) + sizeof(Record),
                  sizeof number);
    }
    return number;
  }

 private:
  const os::Mapping& sender_part_;
  const ChannelTerms& terms_;
  Ring ring_;
  std::uint64_t position_;
  std::uint64_t header_ = 0;
  const Record* record_ = nullptr;
  bool lost_ = false;
};

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
  // A faulty sender may keep on writing: no more than the rings can hold.
  const std::uint64_t most = mapped.sender.bytes() / sizeof(Record);
  while (count < most && walk.next()) {
    if (walk.kind() != Kind::close) ++count;
  }
  return count;
}

}  // namespace pactor::mail
