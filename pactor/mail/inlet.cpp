#include <pactor/mail/inlet.hpp>

#include <pactor/mail/fate.hpp>
#include <pactor/mail/pause.hpp>
#include <pactor/os/clock.hpp>
#include <pactor/os/futex.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace pactor::mail {

Inlet::Inlet(const Route& route, const Place& channel, Depot& depot)
    : route_(route),
      depot_(depot),
      sender_part_(channel.memory, channel.offset + kSenderPartOffset, kSenderPartBytes,
                   os::Access::read),
      receiver_part_(channel.memory, channel.offset + kReceiverPartOffset, kReceiverPartBytes,
                     os::Access::read_write) {
  seen_ = freed_ = receiver().taken.load(std::memory_order_relaxed);
}

bool Inlet::look() {
  while (known_ - first_ < kWindow && !broken_) {
    const std::uint64_t header = header_at(seen_);
    if (header == 0 || !note(header)) break;
  }
  return first_ != known_;
}

// Checks a header and takes note of its record. False if there is nothing to note any more.
bool Inlet::note(std::uint64_t header) {
  const std::uint64_t bytes = header_bytes(header);
  const std::uint64_t until_end = kRingBytes - seen_ % kRingBytes;
  const Kind kind = header_kind(header);
  // Nobody skips a whole ring: who did would keep us going round and round.
  if (kind == Kind::skip && bytes == until_end && bytes < kRingBytes) {
    seen_ += until_end;
    free_skip();
    return true;
  }
  const std::uint64_t least = sizeof(Record) + (kind == Kind::ask ? sizeof(std::uint64_t) : 0);
  const Record& record = record_at(seen_);
  const bool sane = (kind == Kind::tell || kind == Kind::ask || kind == Kind::close) &&
                    bytes >= least && bytes <= until_end && bytes <= kMaxRecordBytes &&
                    header_slot(header) < kReplySlots;
  const std::uint64_t stamp = sane ? read_once(record.stamp) : kStampLimit;
  if (stamp >= kStampLimit) {
    broken_ = true;
    return false;
  }
  const auto* begin = reinterpret_cast<const std::byte*>(&record);
  Letter& letter = window_[known_ % kWindow];
  letter.kind = kind;
  letter.slot = header_slot(header);
  letter.number = 0;
  if (kind == Kind::ask) std::memcpy(&letter.number, begin + sizeof(Record), sizeof letter.number);
  // Stamps of one sender rise. Held to that here, or a faulty sender could stop the order of all.
  letter.stamp = last_stamp_ = std::max(stamp, last_stamp_ + 1);
  letter.method = read_once(record.method);
  letter.payload = {begin + least, bytes - least};
  letter.end = seen_ + padded(bytes);
  seen_ = letter.end;
  ++known_;
  return true;
}

std::optional<std::uint64_t> Inlet::next_stamp() {
  if (broken_) return std::nullopt;
  std::uint64_t header = header_at(seen_);
  if (header_kind(header) == Kind::skip && known_ - first_ < kWindow) {
    if (!note(header)) return std::nullopt;
    header = header_at(seen_);
  }
  if (header == 0) return std::nullopt;
  // Of a skip, what follows is greater still. Too near to the end there is room for nothing else: the
  // header makes no sense, which note() finds out.
  const std::uint64_t until_end = kRingBytes - seen_ % kRingBytes;
  if (header_kind(header) == Kind::skip || until_end < sizeof(Record)) return last_stamp_ + 1;
  return std::max(read_once(record_at(seen_).stamp), last_stamp_ + 1);
}

void Inlet::begin() {
  // Before the message runs: a successor goes on behind it. Release, for senders that compare it with
  // their position once they have seen `closed`.
  receiver().taken.store(front()->end, std::memory_order_release);
}

void Inlet::finish() {
  freed_ = front()->end;
  ++first_;
  free_skip();
  if (publishing_is_due()) publish_freed();
}

// A skip behind the last record is free as soon as that is, and before a next one is sent: the next
// one may be so long that it needs this room. `taken` passes it too, for a successor must not read it
// once it may be overwritten; but not past records that close() has left unprocessed.
void Inlet::free_skip() {
  Word64& taken = receiver().taken;
  if (first_ != known_ || freed_ == seen_) return;
  if (taken.load(std::memory_order_relaxed) != freed_) return;
  freed_ = seen_;
  taken.store(seen_, std::memory_order_release);
}

// In batches, for each publication costs the sender a cache miss, and a sleeping one a wake-up; but
// a sender that waits must not wait for a batch of slow messages.
bool Inlet::publishing_is_due() const {
  constexpr std::uint64_t kSlowNs = 1'000'000;
  const std::uint64_t published = receiver().freed.load(std::memory_order_relaxed);
  if (freed_ - published >= kFreeBatchBytes) return true;
  return sender().wants_space.load(std::memory_order_relaxed) != 0 &&
         os::coarse_now_ns() - published_at_ns_ >= kSlowNs;
}

void Inlet::publish_freed() {
  ReceiverPage& page = receiver();
  if (page.freed.load(std::memory_order_relaxed) == freed_) return;
  // Release: we have read all that lies before. Sequentially consistent, because the sender writes
  // `wants_space` and reads this, and we write this and read that: one of us sees the other.
  page.freed.store(freed_, std::memory_order_seq_cst);
  PACTOR_PAUSE("publish_freed: stored");
  if (sender().wants_space.load(std::memory_order_seq_cst) != 0) {
    published_at_ns_ = os::coarse_now_ns();
    page.space.store(page.space.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    os::futex_wake(page.space, std::numeric_limits<int>::max());
  }
}

void Inlet::publish_if_wanted() {
  // Relaxed: whoever begins to wait just now is seen in the next round, or by publish_freed().
  if (sender().wants_space.load(std::memory_order_relaxed) != 0) publish_freed();
}

bool Inlet::answer(const Letter& ask, ReplyStatus status, const Payload& payload,
                   std::uint64_t stamp) {
  const std::span<const std::byte> bytes = payload.bytes;
  ReplySlot& to = slot(ask.slot);
  std::byte* place = to.inlined.data();
  if (bytes.size() > kArenaBytes) return false;  // also where 32 bits would not hold it
  if (bytes.size() > kInlineReplyBytes) {
    const std::optional<std::uint32_t> offset =
        allocate(ask, static_cast<std::uint32_t>(padded(bytes.size())));
    if (!offset) return false;
    to.arena_offset = *offset;
    place = receiver_part_.begin() + kArenaOffset + *offset;
  }
  if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
  to.bytes = static_cast<std::uint32_t>(bytes.size());
  to.stamp = stamp;
  PACTOR_PAUSE("answer: before state");
  // Pairs with the acquire in Asks::answered(). Sequentially consistent for the look at the asker's
  // flag that follows; see Asks::wait().
  to.state.store(pack_reply(ask.number, status), std::memory_order_seq_cst);
  PACTOR_PAUSE("answer: stored");
  if (sender().awaited[ask.slot].load(std::memory_order_seq_cst) == (ask.number << 1 | 1)) {
    os::futex_wake(low_half(to.state), std::numeric_limits<int>::max());
  }
  return true;
}

std::optional<std::uint32_t> Inlet::allocate(const Letter& ask, std::uint32_t bytes) {
  reclaim_arena();
  // The first gap that is wide enough. Answers are given back in any order, and one that its asker
  // keeps for long must not hold up the room behind it. There are few: at most one per slot.
  std::uint32_t offset = 0;
  auto behind = blocks_.begin();
  while (behind != blocks_.end() && behind->offset - offset < bytes) {
    offset = behind->offset + behind->bytes;
    ++behind;
  }
  if (kArenaBytes - offset < bytes) return std::nullopt;
  blocks_.insert(behind,
                 {.offset = offset, .bytes = bytes, .slot = ask.slot, .number = ask.number});
  return offset;
}

void Inlet::reclaim_arena() {
  const auto in_use = [this](const Block& block) {
    // Pairs with the release in Asks::free_slot(): the asker has read its answer.
    return sender().awaited[block.slot].load(std::memory_order_acquire) >> 1 == block.number;
  };
  std::erase_if(blocks_, [&](const Block& block) { return !in_use(block); });
}

bool Inlet::arm() {
  publish_freed();
  PACTOR_PAUSE("arm: before armed");
  armed_ = true;
  receiver().armed.store(1, std::memory_order_seq_cst);
  PACTOR_PAUSE("arm: armed");
  // The look after arming: a sender that did not see `armed` had committed before, and is seen here.
  if (broken_ || header_at(seen_) == 0) return true;
  disarm();
  return false;
}

void Inlet::disarm() {
  armed_ = false;
  receiver().armed.store(0, std::memory_order_relaxed);  // a late reader rings once too often
}

void Inlet::cut_off() {
  close();
  end_asks(sender(), receiver_part_.as<ReplySlot>(kSlotsOffset), ReplyStatus::refused);
}

void Inlet::close() {
  // Sequentially consistent: the last look at the ring comes after. See Outlet::tell().
  receiver().closed.store(1, std::memory_order_seq_cst);
  receiver().space.fetch_add(1, std::memory_order_seq_cst);
  os::futex_wake(receiver().space, std::numeric_limits<int>::max());
}

}  // namespace pactor::mail
