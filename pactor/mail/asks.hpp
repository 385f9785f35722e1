// The asker's side of the reply slots of a channel: which asks are on their way, and their answers.
//
//     if (asks.wait(ask, deadline)) { Answer answer = asks.read(ask); … }
//     asks.forget(ask);
//
// A slot is reserved before its ask is sent, so an answer never lacks room. When all slots are taken,
// answers that have come are moved to private memory, and their slots used again. Shared by the
// threads of the process; one ask belongs to one thread.
#pragma once

#include <pactor/mail/ask.hpp>
#include <pactor/mail/depot.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/mail/lifeline.hpp>
#include <pactor/mail/parcels.hpp>
#include <pactor/mail/patience.hpp>
#include <pactor/mail/slot_set.hpp>
#include <pactor/os/clock.hpp>
#include <pactor/os/memory.hpp>

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace pactor::mail {

class Asks {
 public:
  // `mutex` guards the private state here and is the one that the Outlet's sends hold.
  Asks(std::mutex& mutex, SenderPage& sender, const os::Mapping& receiver_part,
       const Word32& receiver_cpu, const Lifeline& lifeline, Depot& depot) noexcept;
  ~Asks();

  // Waits for the answer. False: the deadline passed (the answer may still come), or the keeper died
  // (it will not).
  bool wait(const Ask& ask, os::Deadline deadline) { return look(ask) || sleep(ask, deadline); }
  // The two halves of it: looks again and again, for as long as that pays; and sleeps.
  bool look(const Ask& ask);
  bool sleep(const Ask& ask, os::Deadline deadline);
  [[nodiscard]] bool ready(const Ask& ask);
  // Of an ask that is ready. Its descriptors are the caller's to collect.
  [[nodiscard]] Answer read(const Ask& ask);
  // The same; but a short one is copied to `room` and given up at once, and `ask` has no number any more.
  [[nodiscard]] Answer take(Ask& ask, AnswerRoom& room);
  // Gives up the answer, come or not, and what read() returned.
  void forget(const Ask& ask) noexcept;

 private:
  friend class Outlet;

  static constexpr std::size_t kSlotsInPage = kPageBytes / sizeof(ReplySlot);
  static constexpr std::size_t kSlotPages = kReplySlots / kSlotsInPage;

  struct Stored {
    ReplyStatus status;
    std::uint64_t stamp;
    std::vector<std::byte> bytes;
    Ticket descriptors;
    bool unreadable;
  };
  // Of an answer that has been looked at, what has to be given back. Kept, for the slot is the actor's to
  // change.
  struct Seen {
    bool any = false;
    Ticket descriptors = 0;
    Ticket parcel = 0;    // 0: it lies in none
    bool opened = false;  // that parcel
    bool last_use = false;
  };
  // What is known of the slots. A slot is unused or not; of those that are used, some are abandoned, whose
  // answer nobody wants, and some `reading`: read() has given out bytes that lie in the slot or the arena, so the
  // answer stays where it is.
  struct Slots {
    SlotSet unused = SlotSet::all();
    SlotSet abandoned;
    SlotSet reading;
    std::array<Seen, kReplySlots> seen{};
    std::array<std::uint32_t, kReplySlots> sleepers{};  // threads
  };

  // The following are called with the mutex held.
  bool reserve(std::unique_lock<std::mutex>& lock, os::LazyDeadline& deadline, Ask& ask);
  void cancel(const Ask& ask) noexcept;   // it was not sent
  void abandon(const Ask& ask) noexcept;  // as forget()
  void free_slot(std::uint16_t slot) noexcept;
  // Frees the slots of abandoned asks that have been answered.
  void reclaim_abandoned() noexcept;
  // Moves answers away that have come, and frees their slots.
  void move_answers();
  [[nodiscard]] Ask oldest_on_its_way() const;
  [[nodiscard]] Answer look_up(const Ask& ask);
  [[nodiscard]] Answer in_slot(std::uint16_t index);
  [[nodiscard]] Seen look_at_reference(const ReplySlot& from) const;
  // Of an actor that asks itself: goes on behind the numbers of an earlier process.
  void take_over();
  // Sees to it that the page of a slot is there, so that the actor can write the answer (and a successor, and
  // the keeper, may look for it): touching what is not there would be a SIGBUS. Throws pactor::Error where there
  // is no memory for it.
  void reserve_page(std::uint16_t slot);
  enum class Descriptors { kept, discarded };
  // Frees a slot whose answer has come, and what lies elsewhere of it.
  void release(std::uint16_t index, Descriptors descriptors) noexcept;

  [[nodiscard]] std::uint64_t number_in(std::uint16_t slot) const {
    return sender_.awaited[slot].load(std::memory_order_relaxed) >> 1;
  }
  // Pairs with the store in Answers::give(): the slot holds the answer.
  [[nodiscard]] bool answered(const Ask& ask) const {
    return reply_number(slot(ask.slot).state.load(std::memory_order_acquire)) == ask.number;
  }
  [[nodiscard]] const ReplySlot& slot(std::size_t index) const {
    return receiver_part_.as<ReplySlot>(kSlotsOffset)[index];
  }

  std::mutex& mutex_;
  SenderPage& sender_;
  const os::Mapping& receiver_part_;
  const Word32& receiver_cpu_;
  const Lifeline& lifeline_;
  Depot& depot_;
  ParcelShelf shelf_;
  std::unique_ptr<Slots> slots_;                     // made with the first ask
  std::unordered_map<std::uint64_t, Stored> moved_;  // answers, by number
  std::bitset<kSlotPages> reserved_;                 // pages of slots that are there
  std::uint64_t last_number_ = 0;
  std::uint32_t asleep_ = 0;  // threads
};

}  // namespace pactor::mail
