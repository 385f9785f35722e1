// The sending side of a channel: from any thread of one process to one actor.
//
//     Outlet outlet(route, channel_memory, mailbox_memory, stamper, lifeline, depot);
//     if (outlet.tell(method, payload, deadline) == Sent::closed) …dead letter…
//     Ask ask; outlet.ask(method, payload, deadline, ask);   // then outlet.asks().wait(ask)
//
// Threads take turns through a mutex of this process's own memory, which dies with the process: in
// shared memory there is no lock. A record is invisible until its header is stored, which is the last
// store of a send and its commit: killed before it, nothing was sent; killed after it, all of it was.
#pragma once

#include <pactor/mail/asks.hpp>
#include <pactor/mail/channel.hpp>
#include <pactor/mail/depot.hpp>
#include <pactor/mail/doorbell.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/mail/patience.hpp>
#include <pactor/mail/payload.hpp>
#include <pactor/mail/stamp.hpp>
#include <pactor/os/memory.hpp>

#include <mutex>
#include <span>

namespace pactor::mail {

enum class Sent {
  accepted,  // it will be processed, whatever becomes of this process
  closed,    // the actor has processed its close, or has ended: it never will be
  full,      // the mailbox stayed full until the deadline; nothing was sent
  dropped,   // the mailbox was full and its policy drops the newest: the message is gone
};

class Outlet {
 public:
  // Maps both; the descriptors may be closed afterwards. Throws pactor::Error if memory is short.
  Outlet(const Route& route, const Place& channel, const os::Fd& mailbox_memory, Stamper& stamper,
         const Lifeline& lifeline, Depot& depot);

  // `payload` is copied; it must be at most kMaxPayloadBytes.
  Sent tell(std::uint64_t method, const Payload& payload, os::Deadline deadline);

  // On `accepted`, `ask` names the answer that will come, until asks().forget(ask).
  Sent ask(std::uint64_t method, const Payload& payload, os::Deadline deadline, Ask& ask);

  // Takes its place behind what was sent before. Never waits: its room is reserved. Once is enough.
  void close();

  [[nodiscard]] const Route& route() const noexcept { return route_; }
  [[nodiscard]] Asks& asks() noexcept { return asks_; }
  [[nodiscard]] Doorbell& doorbell() const noexcept { return *doorbell_.as<Doorbell>(); }

  // How much the channel may hold, and what becomes of a message that finds no room.
  [[nodiscard]] MailboxOptions options() const { return {}; }

  // Whether the actor takes no more messages (it may still be running its destructor).
  [[nodiscard]] bool closed() const noexcept {
    // Sequentially consistent for the second look in tell() and ask(), which follows their commit.
    return receiver().closed.load(std::memory_order_seq_cst) != 0;
  }

  // Waits until the actor's process has ended. False: the deadline passed, or the keeper died.
  bool wait_ended(os::Deadline deadline) const;

  // The fate of the actor's process; `exit` and `stamp` may be read once `ended` is not 0.
  [[nodiscard]] const Fate& fate() const noexcept { return receiver().fate; }

  static constexpr std::size_t kMaxPayloadBytes =
      kMaxRecordBytes - sizeof(Record) - sizeof(std::uint64_t);

 private:
  struct Draft {
    Kind kind;
    std::uint64_t method;
    std::span<const std::byte> payload;
    Ask ask;

    [[nodiscard]] std::uint64_t bytes() const {
      return sizeof(Record) + (kind == Kind::ask ? sizeof ask.number : 0) + payload.size();
    }
  };

  // Waits until `bytes` fit in one piece at `sent_`. `reserve` stays free behind them.
  Sent make_room(std::unique_lock<std::mutex>& lock, std::uint64_t bytes, std::uint64_t reserve,
                 os::Deadline deadline);
  bool wait_for_space(std::unique_lock<std::mutex>& lock, os::Deadline deadline);
  void write(const Draft& draft);
  void commit(std::uint64_t header, std::uint64_t bytes);
  void ring_if_armed();  // after a commit
  [[nodiscard]] std::uint64_t room() const { return kRingBytes - (sent_ - freed_); }
  [[nodiscard]] std::byte* at(std::uint64_t position) const {
    return sender_part_.begin() + kRingOffset + position % kRingBytes;
  }

  [[nodiscard]] SenderPage& sender() const { return *sender_part_.as<SenderPage>(); }
  [[nodiscard]] const ReceiverPage& receiver() const { return *receiver_part_.as<ReceiverPage>(); }

  const Route route_;
  os::Mapping sender_part_;
  os::Mapping receiver_part_;
  os::Mapping doorbell_;
  Stamper& stamper_;
  const Lifeline& lifeline_;
  Depot& depot_;

  std::mutex mutex_;
  std::uint64_t sent_ = 0;   // position of the next record
  std::uint64_t freed_ = 0;  // the receiver's, as last seen
  int waiting_ = 0;          // threads of this process that wait for room
  bool closing_ = false;     // a close has been sent
  Patience patience_;        // of senders that wait for room
  Asks asks_;
};

}  // namespace pactor::mail
