#include <pactor/mail/asks.hpp>

#include <pactor/mail/pause.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/futex.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace pactor::mail {

namespace {

// Patience is learnt per thread: what pays for one that asks hot actors does not for one that asks
// cold ones.
Patience& patience() {
  thread_local Patience of_this_thread;
  return of_this_thread;
}

}  // namespace

Asks::Asks(std::mutex& mutex, SenderPage& sender, const os::Mapping& receiver_part,
           const Word32& receiver_cpu, const Lifeline& lifeline, Depot& depot) noexcept
    : mutex_(mutex),
      sender_(sender),
      receiver_part_(receiver_part),
      receiver_cpu_(receiver_cpu),
      lifeline_(lifeline),
      depot_(depot),
      shelf_(depot) {}

Asks::~Asks() = default;

void Asks::take_over() {
  for (std::uint16_t i = 0; i < kReplySlots; i += kSlotsInPage) reserve_page(i);
  sender_.askers_asleep.store(0, std::memory_order_relaxed);
  for (std::uint16_t i = 0; i < kReplySlots; ++i) {
    last_number_ = std::max(
        {last_number_, number_in(i), reply_number(slot(i).state.load(std::memory_order_relaxed))});
  }
}

bool Asks::reserve(std::unique_lock<std::mutex>& lock, os::LazyDeadline& deadline, Ask& ask) {
  // All that is ever needed: giving a slot back must not fail for want of memory.
  if (slots_ == nullptr) slots_ = std::make_unique<Slots>();
  // Now, and not when slots run short: the answers hold room in the arena.
  reclaim_abandoned();
  while (slots_->unused.empty()) {
    move_answers();
    if (!slots_->unused.empty()) break;
    // All are on their way. The actor answers in the order asked: wait for the oldest. It may be
    // another thread's, which may take the answer and use the slot anew before we look.
    const Ask oldest = oldest_on_its_way();
    lock.unlock();
    const bool came = wait(oldest, deadline.get());
    lock.lock();
    if (!came) return false;
  }
  ask.slot = slots_->unused.lowest();
  reserve_page(ask.slot);
  slots_->unused.erase(ask.slot);
  // Sleepers compare the low half of the slot's state, which holds 24 bits of the number: the next
  // answer must differ there from the one that the slot still shows.
  constexpr std::uint64_t kComparedBits = 0xFF'FFFF;
  const std::uint64_t shown = reply_number(slot(ask.slot).state.load(std::memory_order_relaxed));
  if (((++last_number_ ^ shown) & kComparedBits) == 0) ++last_number_;
  ask.number = last_number_;
  // Before the commit. Sequentially consistent: the keeper stores `closed` and then looks here for
  // asks that nobody will answer; we store this and look at `closed` after the commit.
  sender_.awaited[ask.slot].store(ask.number << 1, std::memory_order_seq_cst);
  return true;
}

void Asks::reserve_page(std::uint16_t slot) {
  const std::size_t page = slot / kSlotsInPage;
  if (reserved_[page]) [[likely]]
    return;
  receiver_part_.reserve_pages(kSlotsOffset + page * kPageBytes, kPageBytes);
  reserved_.set(page);
}

void Asks::reclaim_abandoned() noexcept {
  slots_->abandoned.each([this](std::uint16_t slot) {
    if (answered({.slot = slot, .number = number_in(slot)})) release(slot, Descriptors::discarded);
  });
}

void Asks::move_answers() {
  reclaim_abandoned();
  for (std::uint16_t slot = 0; slot < kReplySlots; ++slot) {
    const Ask ask{.slot = slot, .number = number_in(slot)};
    if (slots_->unused.contains(slot) || slots_->abandoned.contains(slot) ||
        slots_->reading.contains(slot) || !answered(ask)) {
      continue;
    }
    const Answer answer = in_slot(slot);
    moved_.emplace(ask.number, Stored{.status = answer.status,
                                      .stamp = answer.stamp,
                                      .bytes = {answer.bytes.begin(), answer.bytes.end()},
                                      .descriptors = answer.descriptors,
                                      .unreadable = answer.unreadable});
    release(slot, Descriptors::kept);
  }
}

Ask Asks::oldest_on_its_way() const {
  Ask oldest{.slot = 0, .number = UINT64_MAX};
  for (std::uint16_t slot = 0; slot < kReplySlots; ++slot) {
    const std::uint64_t number = number_in(slot);
    if (!slots_->reading.contains(slot) && number < oldest.number) oldest = {slot, number};
  }
  return oldest;
}

bool Asks::ready(const Ask& ask) {
  if (answered(ask)) return true;
  const std::lock_guard lock(mutex_);
  return answered(ask) || moved_.find(ask.number) != moved_.end();
}

bool Asks::look(const Ask& ask) {
  return patience().wait_until([&] { return answered(ask); }, receiver_cpu_);
}

bool Asks::sleep(const Ask& ask, os::Deadline deadline) {
  while (!ready(ask)) {
    // The slot may be taken by a later ask only after the answer to this one was moved away, and
    // that needs the answer; so a state that is neither is the state before it.
    PACTOR_PAUSE("ask: not ready");
    const std::uint64_t state =
        slot(ask.slot).state.load(std::memory_order_acquire);  // as answered()
    // SUBTLE: the answer may have come since ready() looked. Who slept on the state that shows it
    // would never be woken, for the receiver saw no flag.
    if (reply_number(state) == ask.number) return true;
    PACTOR_PAUSE("ask: before flag");
    // Each side writes, then reads: we `askers_asleep` and then the state, the receiver the state and then that. One
    // of the two sees the other; and the kernel compares once more. Who sees it sees the flag that was stored before.
    {
      const std::lock_guard lock(mutex_);
      // SUBTLE: the slot may be another ask's by now, whose word this is: the answer has been moved
      // away, or (for reserve(), which waits for other threads' asks) taken and forgotten.
      if (number_in(ask.slot) != ask.number) return true;
      sender_.awaited[ask.slot].store(ask.number << 1 | 1, std::memory_order_relaxed);
      ++slots_->sleepers[ask.slot];
      sender_.askers_asleep.store(++asleep_, std::memory_order_seq_cst);
    }
    PACTOR_PAUSE("ask: flagged");
    bool in_time = true;
    if (slot(ask.slot).state.load(std::memory_order_seq_cst) == state) {
      in_time = lifeline_.wait(low_half(slot(ask.slot).state), static_cast<std::uint32_t>(state),
                               deadline);
    }
    {
      const std::lock_guard lock(mutex_);
      --slots_->sleepers[ask.slot];
      sender_.askers_asleep.store(--asleep_, std::memory_order_relaxed);
    }
    if (!in_time) return ready(ask);
  }
  return true;
}

Answer Asks::read(const Ask& ask) {
  const std::lock_guard lock(mutex_);
  return look_up(ask);
}

Answer Asks::take(Ask& ask, AnswerRoom& room) {
  const std::lock_guard lock(mutex_);
  Answer answer = look_up(ask);
  if (answer.bytes.data() == slot(ask.slot).inlined.data()) [[likely]] {
    std::memcpy(room.data(), answer.bytes.data(), answer.bytes.size());
    answer.bytes = std::span(room).first(answer.bytes.size());
    free_slot(ask.slot);
    ask.number = 0;
  }
  return answer;
}

Answer Asks::look_up(const Ask& ask) {
  if (const auto moved = moved_.find(ask.number); moved != moved_.end()) {
    const Stored& stored = moved->second;
    return {.status = stored.status,
            .stamp = stored.stamp,
            .bytes = stored.bytes,
            .descriptors = stored.descriptors,
            .unreadable = stored.unreadable};
  }
  slots_->reading.insert(ask.slot);
  return in_slot(ask.slot);
}

Answer Asks::in_slot(std::uint16_t index) {
  // Each word is read once: the other side may be writing here against the rules.
  const ReplySlot& from = slot(index);
  const std::uint64_t state = from.state.load(std::memory_order_relaxed);  // after answered()
  Answer answer{.status = reply_status(state), .stamp = read_once(from.stamp), .bytes = {}};
  // The others are written by whoever gives up the slots, the state and nothing else.
  if (!has_payload(answer.status)) return answer;
  const std::uint32_t bytes = read_once(from.bytes);
  const ReplyPlace place = read_once(from.place);
  if (place == ReplyPlace::inlined && bytes <= kInlineReplyBytes) {
    answer.bytes = {from.inlined.data(), bytes};
    return answer;
  }
  const std::uint64_t where = read_once(from.ref.where);
  answer.descriptors = read_once(from.ref.descriptors);
  Seen seen{.any = true, .descriptors = answer.descriptors};
  if (place == ReplyPlace::arena && bytes <= kArenaBytes && where <= kArenaBytes - bytes) {
    answer.bytes = {receiver_part_.begin() + kArenaOffset + where, bytes};
  } else if (place == ReplyPlace::parcel) {
    try {
      answer.bytes = shelf_.open(where, bytes);
    } catch (const Error&) {
      // Its reader says so, and may try again.
    }
    answer.unreadable = answer.bytes.data() == nullptr;
    seen.parcel = where;
    seen.opened = !answer.unreadable;
    seen.last_use = read_once(from.ref.last_use) != 0;
  } else {
    answer.status = ReplyStatus::none;  // no sane answer: the reader reports it
  }
  // Whoever reads twice has it open twice, and gives back once.
  const Seen before = std::exchange(slots_->seen[index], seen);
  if (before.opened) shelf_.close(before.parcel, /*last_use=*/false);
  return answer;
}

// What an answer that nobody has looked at says of itself.
Asks::Seen Asks::look_at_reference(const ReplySlot& from) const {
  Seen seen{.any = true};
  if (!has_payload(reply_status(from.state.load(std::memory_order_relaxed)))) return seen;
  const ReplyPlace place = read_once(from.place);
  if (place == ReplyPlace::inlined) return seen;
  seen.descriptors = read_once(from.ref.descriptors);
  if (place != ReplyPlace::parcel) return seen;
  seen.parcel = read_once(from.ref.where);
  seen.last_use = read_once(from.ref.last_use) != 0;
  return seen;
}

void Asks::release(std::uint16_t index, Descriptors descriptors) noexcept {
  Seen seen = std::exchange(slots_->seen[index], {});
  if (!seen.any) seen = look_at_reference(slot(index));
  if (seen.descriptors != 0 && descriptors == Descriptors::discarded) {
    depot_.discard(seen.descriptors);
  }
  if (seen.opened) {
    shelf_.close(seen.parcel, seen.last_use);
  } else if (seen.parcel != 0 && seen.last_use) {
    shelf_.give_up(seen.parcel);
  }
  free_slot(index);
}

void Asks::forget(const Ask& ask) noexcept {
  const std::lock_guard lock(mutex_);
  abandon(ask);
}

void Asks::abandon(const Ask& ask) noexcept {
  if (const auto moved = moved_.find(ask.number); moved != moved_.end()) {
    if (moved->second.descriptors != 0) depot_.discard(moved->second.descriptors);
    moved_.erase(moved);
  } else if (answered(ask)) {
    release(ask.slot, Descriptors::discarded);
  } else {
    slots_->reading.erase(ask.slot);
    slots_->abandoned.insert(ask.slot);  // until the answer has come, the slot cannot take another
  }
}

void Asks::cancel(const Ask& ask) noexcept { free_slot(ask.slot); }

void Asks::free_slot(std::uint16_t slot) noexcept {
  slots_->abandoned.erase(slot);
  slots_->reading.erase(slot);
  sender_.awaited[slot].store(0, std::memory_order_release);  // its arena bytes are free again
  slots_->unused.insert(slot);
  // SUBTLE: the receiver stores the answer, then looks whether somebody sleeps. If in between one
  // thread gives the slot back on which another still sleeps, it sees nobody.
  if (slots_->sleepers[slot] != 0) {
    os::futex_wake(low_half(this->slot(slot).state), std::numeric_limits<int>::max());
  }
}

}  // namespace pactor::mail
