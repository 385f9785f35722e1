// The receiving side of a channel: what one sender process has for this actor.
//
//     while (inlet.look()) …                    // make new records known
//     if (const Letter* letter = inlet.front()) { inlet.begin(); …run it…; inlet.finish(); }
//     inlet.answer(*letter, ReplyStatus::value, bytes, stamp);
//
// What lies in the ring is input: the sender may rewrite it at any time, by a bug or in malice. Each
// header is read once, checked, and kept in private memory; payloads are bounds-checked once and
// decoded byte by byte, each byte once. Used by the actor's own thread only.
#pragma once

#include <pactor/mail/channel.hpp>
#include <pactor/mail/depot.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/mail/payload.hpp>
#include <pactor/os/memory.hpp>

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace pactor::mail {

// A message as the receiver knows it. `payload` lies in the ring, until finish().
struct Letter {
  Kind kind = Kind::nothing;
  std::uint16_t slot = 0;    // of an ask
  std::uint64_t number = 0;  // of an ask
  std::uint64_t stamp = 0;
  std::uint64_t method = 0;
  std::span<const std::byte> payload;
  Ticket descriptors = 0;  // which go with it; 0: none
  std::uint64_t end = 0;   // position of the next record
};

class Inlet {
 public:
  // Goes on where the actor's previous process, if there was one, had begun its last message.
  Inlet(const Route& route, const Place& channel, Depot& depot);

  [[nodiscard]] std::uint32_t channel() const noexcept { return route_.channel; }

  // First look: takes note of the records that are visible, up to a window. True if any is known.
  bool look();
  // Second look: the stamp of the first visible record that look() left out.
  [[nodiscard]] std::optional<std::uint64_t> next_stamp();

  [[nodiscard]] const Letter* front() const {
    return first_ == known_ ? nullptr : &window_[first_ % kWindow];
  }
  // The front letter is about to run: it will never run again, whatever happens.
  void begin();
  // The front letter has been dealt with; its bytes in the ring may be overwritten.
  void finish();
  // Tells a sender that waits for room what has been finished.
  void publish_freed();
  // The same, if just now a sender is seen to wait.
  void publish_if_wanted();

  // Stores the answer to an ask of this channel and wakes the asker. At most kArenaBytes; false if
  // the arena is too full for it just now, and nothing was stored.
  bool answer(const Letter& ask, ReplyStatus status, const Payload& payload, std::uint64_t stamp);

  // From now on the doorbell tells of new records. False (and not armed) if there is one already.
  bool arm();
  void disarm();
  [[nodiscard]] bool armed() const noexcept { return armed_; }

  // Senders see that nothing more is processed.
  void close();

  [[nodiscard]] const Word32& sender_cpu() const noexcept { return sender().cpu; }

  // Set by the keeper's word that the sender's process is gone: once empty, it stays so.
  bool sender_gone = false;
  // Rounds without a record, for whoever decides when to arm.
  std::uint32_t idle_rounds = 0;
  // Whether the bytes made no sense: nothing more is read from this sender.
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  // Lets such a sender know: what it sends is refused, what it waits for too.
  void cut_off();

 private:
  static constexpr std::uint32_t kWindow = 32;
  static constexpr std::uint64_t kFreeBatchBytes = kRingBytes / 8;

  struct Block {  // of the arena, in use by an answer
    std::uint32_t offset;
    std::uint32_t bytes;
    std::uint16_t slot;
    std::uint64_t number;
  };

  // Pairs with the commit: the record behind this header is whole. Sequentially consistent for the
  // looks that follow a store of ours: of `armed`, of `closed`, of a doorbell bit.
  [[nodiscard]] std::uint64_t header_at(std::uint64_t position) const {
    return record_at(position).header.load(std::memory_order_seq_cst);
  }
  [[nodiscard]] const Record& record_at(std::uint64_t position) const {
    return *reinterpret_cast<const Record*>(sender_part_.begin() + kRingOffset +
                                            position % kRingBytes);
  }
  bool note(std::uint64_t header);
  void free_skip();
  std::optional<std::uint32_t> allocate(const Letter& ask, std::uint32_t bytes);
  void reclaim_arena();
  [[nodiscard]] bool publishing_is_due() const;

  [[nodiscard]] const SenderPage& sender() const { return *sender_part_.as<SenderPage>(); }
  [[nodiscard]] ReceiverPage& receiver() const { return *receiver_part_.as<ReceiverPage>(); }
  [[nodiscard]] ReplySlot& slot(std::uint16_t index) const {
    return receiver_part_.as<ReplySlot>(kSlotsOffset)[index];
  }

  const Route route_;
  Depot& depot_;
  os::Mapping sender_part_;
  os::Mapping receiver_part_;

  std::uint64_t seen_ = 0;   // position behind the last known record
  std::uint64_t freed_ = 0;  // position behind the last finished one
  std::uint64_t last_stamp_ = 0;
  std::uint32_t first_ = 0;  // of the window, counted on and on
  std::uint32_t known_ = 0;
  std::array<Letter, kWindow> window_;
  std::vector<Block> blocks_;  // by offset
  std::uint64_t published_at_ns_ = 0;
  bool armed_ = false;  // what the receiver page says, which only we write
  bool broken_ = false;
};

}  // namespace pactor::mail
