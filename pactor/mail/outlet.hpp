// The sending side of a channel: from any thread of one process to one actor.
//
//     Outlet outlet(route, channel_memory, mailbox_memory, stamper, lifeline, depot);
//     if (outlet.tell(method, payload, deadline) == Sent::closed) …dead letter…
//     Ask ask; outlet.ask(method, payload, deadline, ask);   // then outlet.asks().wait(ask)
//
// Threads take turns through a mutex of this process's own memory, which dies with the process: in
// shared memory there is no lock. A record is invisible until its header is stored, which is the last
// store of a send and its commit: killed before it, nothing was sent; killed after it, all of it was.
//
// A message waits for room in two cases: the ring is full and there is no longer one to move to, or all
// that this process has waiting here comes to the bound. What lies outside of the ring counts too: long messages, in
// parcels, and blobs.
#pragma once

#include <pactor/mail/asks.hpp>
#include <pactor/mail/channel.hpp>
#include <pactor/mail/depot.hpp>
#include <pactor/mail/doorbell.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/mail/parcels.hpp>
#include <pactor/mail/patience.hpp>
#include <pactor/mail/payload.hpp>
#include <pactor/mail/ring.hpp>
#include <pactor/mail/stamp.hpp>
#include <pactor/os/memory.hpp>

#include <sys/types.h>
#include <mutex>
#include <vector>

namespace pactor::mail {

enum class Sent {
  accepted,  // it will be processed, whatever becomes of this process
  closed,  // this process has sent a close before, or the actor has processed one, or has ended: it never will be
  full,    // the mailbox stayed full until the deadline; nothing was sent
  dropped,  // the mailbox was full and its policy drops the newest: the message is gone
};

class Outlet {
 public:
  // Maps both; the descriptors may be closed afterwards. Throws pactor::Error if memory is short. Goes on
  // behind what an earlier process has sent on this channel (an actor's own, to itself).
  Outlet(const Route& route, const Place& channel, const os::Fd& mailbox_memory, Stamper& stamper,
         const Lifeline& lifeline, Depot& depot);
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  ~Outlet();

  // `payload` is copied. Throws pactor::Error if a long message finds no memory; nothing was sent then.
  Sent tell(std::uint64_t method, const Payload& payload, os::LazyDeadline&& deadline);

  // On `accepted`, `ask` names the answer that will come, until asks().forget(ask). Never `dropped`.
  // On `full`, its number is 0 if all reply slots were taken: kReplySlots asks are without an answer.
  Sent ask(std::uint64_t method, const Payload& payload, os::LazyDeadline&& deadline, Ask& ask);

  // Takes its place behind what was sent before. Never waits: its room is reserved. Once is enough.
  void close();

  [[nodiscard]] const Route& route() const noexcept { return route_; }
  [[nodiscard]] Asks& asks() noexcept { return asks_; }
  [[nodiscard]] Doorbell& doorbell() const noexcept { return *doorbell_.as<Doorbell>(); }

  // How much the channel may hold, and what becomes of a message that finds no room.
  [[nodiscard]] const MailboxOptions& options() const noexcept { return options_; }

  // Whether the actor takes no more messages (it may still be running its destructor).
  [[nodiscard]] bool closed() const noexcept {
    // Sequentially consistent for the second look in tell() and ask(), which follows their commit.
    return receiver().closed.load(std::memory_order_seq_cst) != 0;
  }

  // The actor's process, or its latest one while there is none.
  [[nodiscard]] pid_t receiver_process() const noexcept {
    return static_cast<pid_t>(receiver().process.load(std::memory_order_relaxed));
  }

  // Waits until the actor's process has ended. False: the deadline passed, or the keeper died.
  bool wait_ended(os::Deadline deadline) const;

  // The fate of the actor's process; `exit` and `stamp` may be read once `ended` is not 0.
  [[nodiscard]] const Fate& fate() const noexcept { return receiver().fate; }

 private:
  // What is about to be written.
  struct Draft {
    Kind kind = Kind::nothing;
    std::uint64_t method = 0;
    const Payload& payload;
    Ask ask = {};
    const StagedParcel* parcel = nullptr;  // instead of the payload in the ring

    // Of its record.
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] Flags flags() const;
  };
  // What a message has outside of the ring: its bytes if they are many, and what its descriptors stand for.
  struct Outside {
    std::uint64_t end;  // position behind its record
    std::uint64_t bytes;
    StagedParcel parcel;  // empty: it has none, or its reader gives it up
  };

  using Lock = std::unique_lock<std::mutex>;

  Sent send(Lock& lock, const Draft& draft, os::LazyDeadline& deadline);
  Sent find_room_and_send(Lock& lock, Draft draft, os::LazyDeadline& deadline);
  void give_up(StagedParcel parcel, std::uint64_t outside_bytes) noexcept;
  [[nodiscard]] std::uint64_t clear_end() const;
  // Waits until what this process has waiting here leaves `bytes` of the bound.
  Sent keep_to_bound(Lock& lock, std::uint64_t bytes, os::LazyDeadline& deadline);
  // Waits until `bytes` fit in one piece at `sent_`. `reserve` stays free behind them.
  Sent make_room(Lock& lock, std::uint64_t bytes, std::uint64_t reserve,
                 os::LazyDeadline& deadline);
  bool wait_for_space(Lock& lock, os::Deadline deadline);
  // The next ring that is long enough and not in use any more, if there is one.
  [[nodiscard]] bool find_longer_ring(std::uint64_t bytes, std::uint32_t& ring) const;
  void move_to(std::uint32_t ring);
  // Sees to it that the first `bytes` of a ring are there before a record is promised to lie in them: touching
  // what is not there would be a SIGBUS. Throws pactor::Error where there is no memory for them.
  void reserve_pages(const Ring& ring, std::uint64_t bytes);
  void leave_long_ring();
  void see_freed();
  void recover();

  void write(const Draft& draft);
  void write_within(const Draft& draft, std::uint64_t bytes);  // nothing of it lies outside
  std::byte* begin_record(const Draft& draft);
  void end_record(std::uint64_t header, std::uint64_t bytes);
  void commit(std::uint64_t header, std::uint64_t bytes, Record& next);
  void skip_to_start();
  void ring_if_armed();  // after a commit
  [[nodiscard]] std::uint64_t room() const {
    return ring_.bytes() - (sent_ - std::max(freed_, ring_.start()));
  }
  [[nodiscard]] std::uint64_t waiting_bytes() const { return sent_ - freed_ + outside_bytes_; }
  [[nodiscard]] bool is_long(std::uint64_t bytes) const { return bytes > most_in_ring_; }

  [[nodiscard]] SenderPage& sender() const { return *sender_part_.as<SenderPage>(); }
  [[nodiscard]] const ReceiverPage& receiver() const { return *receiver_part_.as<ReceiverPage>(); }

  const Route route_;
  os::Mapping receiver_part_;
  const ChannelTerms terms_;
  const MailboxOptions options_;
  const std::uint64_t most_in_ring_;  // of a payload
  os::Mapping sender_part_;
  os::Mapping doorbell_;
  Stamper& stamper_;
  const Lifeline& lifeline_;

  std::mutex mutex_;
  Ring ring_;
  std::uint64_t sent_ = 0;                                // position of the next record
  std::uint64_t clear_ = 0;                               // see clear_end()
  std::uint64_t freed_ = 0;                               // the receiver's, as last seen
  std::uint64_t longest_ = 0;                             // record in this ring so far
  std::array<std::uint64_t, kMostRings> ring_ends_ = {};  // the position at which each was left
  std::array<std::uint64_t, kMostRings> reserved_ =
      {};                         // how much of each is there, from its start
  std::uint32_t to_release_ = 0;  // a long ring that was left: its memory is given back. 0: none
  std::vector<Outside> outside_;
  std::uint64_t outside_bytes_ = 0;  // of all that
  ParcelPool parcels_;
  int waiting_ = 0;       // threads of this process that wait for room
  bool closing_ = false;  // a close has been sent
  Patience patience_;     // of senders that wait for room
  Asks asks_;
};

}  // namespace pactor::mail
