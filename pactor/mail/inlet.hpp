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

#include <pactor/mail/answers.hpp>
#include <pactor/mail/channel.hpp>
#include <pactor/mail/depot.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/mail/parcels.hpp>
#include <pactor/mail/payload.hpp>
#include <pactor/mail/ring.hpp>
#include <pactor/mail/stamp.hpp>
#include <pactor/os/memory.hpp>

#include <array>
#include <optional>
#include <span>
#include <string>

namespace pactor::mail {

// A message as the receiver knows it. `payload` lies in shared memory: from begin() until finish().
struct Letter {
  Kind kind = Kind::nothing;
  Flags flags = 0;
  std::uint16_t slot = 0;    // of an ask
  std::uint64_t number = 0;  // of an ask
  std::uint64_t stamp = 0;
  std::uint64_t method = 0;
  std::span<const std::byte> payload;
  std::uint64_t end = 0;  // position of the next record
  // Of a letter without `flags` these mean nothing.
  Ticket descriptors = 0;   // which go with it; 0: none
  Ticket parcel = 0;        // where the payload lies
  bool unreadable = false;  // its parcel cannot be had: there is no payload
};

class Inlet {
 public:
  // Goes on behind the last message that the actor's previous process, if there was one, had begun.
  Inlet(const Route& route, const Place& channel, Depot& depot);
  Inlet(const Inlet&) = delete;
  Inlet& operator=(const Inlet&) = delete;
  ~Inlet();

  [[nodiscard]] const Route& route() const noexcept { return route_; }
  [[nodiscard]] std::uint32_t channel() const noexcept { return route_.channel; }

  // First look: takes note of the records that are visible, up to a window. True if any is known.
  bool look();
  // Second look: the stamp of the first visible record that look() left out.
  [[nodiscard]] std::optional<std::uint64_t> next_stamp();

  [[nodiscard]] const Letter* front() const { return first_ == known_ ? nullptr : &first(); }
  // The same, where one is known.
  [[nodiscard]] const Letter& first() const { return window_[first_ % kWindow]; }
  // The front letter is about to run: it will never run again, whatever happens.
  void begin();
  // What this process would need to read a begun letter that is unreadable; empty: nobody could.
  [[nodiscard]] const std::string& lacks() const noexcept { return lacks_; }
  // The front letter has been dealt with; its bytes may be overwritten.
  void finish();
  // There cannot be more at a time.
  [[nodiscard]] std::uint64_t most_letters() const { return sender_part_.bytes() / sizeof(Record); }
  // Tells a sender that waits for room what has been finished.
  void publish_freed();
  // The same, if just now a sender is seen to wait.
  void publish_if_wanted();

  // Stores the answer to an ask of this channel and wakes the asker. Throws as Answers::give() does.
  void answer(const Letter& ask, ReplyStatus status, const Payload& payload, std::uint64_t stamp) {
    answers_.give(ask.slot, ask.number, status, payload, stamp);
  }

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
  // Lets such a sender know: what it sends is refused, what it waits for too. False: it has been told.
  bool cut_off();

 private:
  static constexpr std::uint32_t kWindow = 32;

  // Pairs with the commit: the record behind this header is whole. Sequentially consistent for the
  // looks that follow a store of ours: of `armed`, of `closed`, of a doorbell bit.
  [[nodiscard]] std::uint64_t header_at(std::uint64_t position) const {
    return ring_.record(position).header.load(std::memory_order_seq_cst);
  }
  [[gnu::always_inline]] bool note(std::uint64_t header);
  bool note_skip(std::uint64_t header);
  bool note_move(std::uint64_t header);
  bool break_off() noexcept {
    broken_ = true;
    return false;
  }
  [[nodiscard]] std::uint64_t rising(std::uint64_t stamp) const;
  void keep_up();
  void open(Letter& letter);
  [[gnu::always_inline]] void free_silent();
  [[gnu::always_inline]] [[nodiscard]] bool publishing_is_due() const;
  void wake_senders();

  [[nodiscard]] const SenderPage& sender() const { return *sender_part_.as<SenderPage>(); }
  [[nodiscard]] ReceiverPage& receiver() const { return *receiver_part_.as<ReceiverPage>(); }

  const Route route_;
  os::Mapping receiver_part_;
  const ChannelTerms terms_;
  os::Mapping sender_part_;

  Ring ring_;
  std::uint64_t seen_ = 0;   // position behind the last known record
  std::uint64_t freed_ = 0;  // position behind the last finished one
  std::uint64_t last_stamp_ = 0;
  Horizon horizon_;
  // See keep_up().
  std::uint64_t mark_position_ = 0;
  std::uint64_t mark_ns_ = 0;
  std::uint64_t least_stamp_ = 0;
  std::uint32_t first_ = 0;  // of the window, counted on and on
  std::uint32_t known_ = 0;
  std::array<Letter, kWindow> window_;
  std::string lacks_;
  std::uint64_t published_at_ns_ = 0;
  Answers answers_;
  ParcelShelf shelf_;
  std::uint32_t moves_in_a_row_ = 0;
  bool armed_ = false;  // what the receiver page says, which only we write
  // A look has found nothing: the next record is processed before there is a look behind it. Who asks, and asks again
  // when it has the answer, is just writing there, and its line of the cache would be torn to and fro.
  bool alone_ = false;
  bool seen_next_ = false;  // next_stamp() has seen the record at `seen_`
  bool broken_ = false;
  bool cut_off_ = false;
};

}  // namespace pactor::mail
