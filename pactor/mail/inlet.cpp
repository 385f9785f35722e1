#include <pactor/mail/inlet.hpp>

#include <pactor/mail/pause.hpp>
#include <pactor/os/clock.hpp>
#include <pactor/os/futex.hpp>
#include <pactor/os/retry.hpp>

#include <unistd.h>
#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace pactor::mail {

Inlet::Inlet(const Route& route, const Place& channel, Depot& depot)
    : route_(route),
      receiver_part_(channel.memory, channel.offset + kReceiverPartOffset, kReceiverPartBytes,
                     os::Access::read_write),
      terms_(read_terms(receiver())),
      sender_part_(map_sender_part(channel, terms_, os::Access::read)),
      answers_(depot, route, receiver_part_, sender()),
      shelf_(depot) {
  ReceiverPage& page = receiver();
  const std::uint64_t taken = page.taken.load(std::memory_order_relaxed);
  const std::optional<Ring> ring = ring_of(taken, sender_part_, terms_, page);
  ring_ = ring.value_or(Ring(sender_part_, 0, 0));
  seen_ = freed_ = place_position(taken);
  page.finished.store(taken, std::memory_order_relaxed);
  page.armed.store(0, std::memory_order_relaxed);
  page.process.store(static_cast<std::uint32_t>(::getpid()), std::memory_order_relaxed);
  // A predecessor has cut it off, or has damaged what we would go on from.
  broken_ = page.closed.load(std::memory_order_relaxed) != 0 || !ring;
  keep_up();
  if (taken == 0) return;
  // Nobody reads any more what lies before. Said anew, for the predecessor may have damaged that, too.
  if (ring) page.freed.store(freed_, std::memory_order_relaxed);
  answers_.take_over();
  // A predecessor may have died between freeing room and telling a sender that waits for it.
  wake_senders();
}

Inlet::~Inlet() = default;

// ---- Looking ---------------------------------------------------------------------------------

bool Inlet::look() {
  while (known_ - first_ < kWindow && !broken_ && (first_ == known_ || !alone_)) {
    const std::uint64_t header = header_at(seen_);
    if (header == 0) {
      alone_ |= first_ == known_;
      // Nobody takes back what was committed: who did could bound each round below all other messages.
      if (seen_next_) break_off();
      break;
    }
    if (header_kind(header) == Kind::move) [[unlikely]] {
      // Not while letters are known that lie in the ring to be left.
      if (first_ != known_ || !note_move(header)) break;
    } else if (!note(header)) {
      break;
    }
  }
  return first_ != known_;
}

// Checks a header and takes note of its record. False if there is nothing to note any more.
inline bool Inlet::note(std::uint64_t header) {
  const std::uint64_t bytes = header_bytes(header);
  const Kind kind = header_kind(header);
  if (kind == Kind::skip) [[unlikely]]
    return note_skip(header);
  const Flags flags = header_flags(header);
  std::uint64_t least = sizeof(Record) + (kind == Kind::ask ? sizeof(std::uint64_t) : 0);
  const std::uint64_t behind_number = least;
  if (flags != 0) [[unlikely]] {
    if ((flags & kHasDescriptors) != 0) least += sizeof(Ticket);
    if ((flags & kInParcel) != 0) least += sizeof(ParcelRef);
  }
  const Record& record = ring_.record(seen_);
  const bool sane = kind >= Kind::tell && kind <= Kind::close && bytes >= least &&
                    bytes <= ring_.until_end(seen_) && bytes + kReservedBytes <= ring_.bytes() &&
                    (flags & ~kAllFlags) == 0 && header_slot(header) < kReplySlots;
  if (!sane) return break_off();
  const std::uint64_t stamp = read_once(record.stamp);
  if (!horizon_.holds(stamp)) return break_off();
  const auto* begin = reinterpret_cast<const std::byte*>(&record);
  Letter& letter = window_[known_ % kWindow];
  letter.kind = kind;
  letter.flags = flags;
  letter.slot = header_slot(header);
  if (kind == Kind::ask) std::memcpy(&letter.number, begin + sizeof(Record), sizeof letter.number);
  letter.stamp = last_stamp_ = rising(stamp);
  letter.method = read_once(record.method);
  letter.payload = {begin + behind_number, bytes - behind_number};
  letter.end = seen_ + padded(bytes);
  if (flags != 0) [[unlikely]] {
    letter.descriptors = letter.parcel = 0;
    letter.unreadable = false;
  }
  ring_.fetch_rest(seen_, bytes);
  seen_ = letter.end;
  ++known_;
  moves_in_a_row_ = 0;
  seen_next_ = false;
  if (seen_ >= mark_position_) [[unlikely]]
    keep_up();
  return true;
}

// Stamps of one sender rise, and with the clock. Held to that here, or a faulty sender could stop the order of
// all.
std::uint64_t Inlet::rising(std::uint64_t stamp) const {
  return std::max({stamp, last_stamp_ + 1, least_stamp_});
}

// A sender whose stamps stay low would come before all others for as long as it sends. But what lies a whole
// channel behind a place was not there when that place was reached; and of what was not there then, all but
// the first record got its stamp later. So the clock of that moment is the least that it can be, and the
// others come to be the oldest. For a sane sender this changes nothing.
void Inlet::keep_up() {
  least_stamp_ = mark_ns_;
  mark_ns_ = os::coarse_now_ns();
  mark_position_ = seen_ + sender_part_.bytes();
}

// Nobody skips a whole ring: who did would keep us going round and round.
bool Inlet::note_skip(std::uint64_t header) {
  const std::uint64_t until_end = ring_.until_end(seen_);
  if (header_bytes(header) != until_end || until_end == ring_.bytes()) return break_off();
  seen_ += until_end;
  seen_next_ = false;
  free_silent();
  return true;
}

// With no letter known: all of the ring that is left has been finished.
bool Inlet::note_move(std::uint64_t header) {
  const std::uint32_t ring = header_slot(header);
  // A sane sender does not leave more rings in a row than there are, a faulty one could send us round and
  // round.
  if (header_bytes(header) != sizeof(Record) || ring_.until_end(seen_) < sizeof(Record) ||
      ring >= terms_.rings || ring == ring_.number() || ++moves_in_a_row_ > 2 * kMostRings) {
    return break_off();
  }
  seen_ += sizeof(Record);
  seen_next_ = false;
  // Before `taken` says that it lies in this ring: a successor reads both.
  receiver().ring_starts[ring] = seen_;
  ring_ = Ring(sender_part_, ring, seen_);
  free_silent();
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
  seen_next_ = true;
  // Of a skip or a move, what follows is greater still. Too near to the end there is room for nothing else:
  // the header makes no sense, which note() finds out.
  const Kind kind = header_kind(header);
  if (kind == Kind::skip || kind == Kind::move || ring_.until_end(seen_) < sizeof(Record)) {
    return rising(0);
  }
  return rising(read_once(ring_.record(seen_).stamp));
}

// ---- Processing ------------------------------------------------------------------------------

void Inlet::begin() {
  Letter& letter = window_[first_ % kWindow];
  // Before the message runs: a successor goes on behind it. Release, for what is said of the message beforehand: a
  // kill comes between two instructions, and the compiler must not exchange them.
  receiver().taken.store(pack_place(ring_.number(), letter.end), std::memory_order_release);
  if (letter.flags != 0) [[unlikely]]
    open(letter);
}

// What lies before the payload; and the payload itself, if it lies elsewhere. note() has made sure that
// there are so many bytes.
void Inlet::open(Letter& letter) {
  const auto take = [&letter](void* to, std::size_t count) {
    std::memcpy(to, letter.payload.data(), count);
    letter.payload = letter.payload.subspan(count);
  };
  if ((letter.flags & kHasDescriptors) != 0) take(&letter.descriptors, sizeof letter.descriptors);
  if ((letter.flags & kInParcel) == 0) return;
  ParcelRef ref{};
  take(&ref, sizeof ref);
  letter.parcel = ref.ticket;
  letter.payload = {};
  lacks_.clear();
  try {
    letter.payload = os::insist([&] { return shelf_.open(ref.ticket, ref.bytes); });
  } catch (const Error& error) {
    lacks_ = error.what();
  }
  letter.unreadable = letter.payload.data() == nullptr;
}

void Inlet::finish() {
  const Letter& letter = first();
  if ((letter.flags & kInParcel) != 0) [[unlikely]] {
    const bool last_use = (letter.flags & kLastUse) != 0;
    // Not known if it was never begun: then the keeper gives it up with the channel.
    if (letter.parcel != 0 && !letter.unreadable) {
      shelf_.close(letter.parcel, last_use);
    } else if (letter.parcel != 0 && last_use) {
      shelf_.give_up(letter.parcel);
    }
  }
  alone_ = false;
  freed_ = letter.end;
  receiver().finished.store(pack_place(ring_.number(), freed_), std::memory_order_relaxed);
  ++first_;
  free_silent();
  // Of what lies outside of the ring, the room is worth telling of each time: it may be much.
  if (letter.flags != 0 || publishing_is_due()) publish_freed();
}

// A skip or a move behind the last record is free as soon as that is, and before a next record is sent:
// that may be so long that it needs this room. `taken` passes it too, for a successor must not read it
// once it may be overwritten; but not past records that close() has left unprocessed.
inline void Inlet::free_silent() {
  ReceiverPage& page = receiver();
  if (first_ != known_ || freed_ == seen_) return;
  if (place_position(page.taken.load(std::memory_order_relaxed)) != freed_) return;
  freed_ = seen_;
  const std::uint64_t place = pack_place(ring_.number(), seen_);
  page.taken.store(place, std::memory_order_release);
  page.finished.store(place, std::memory_order_relaxed);
}

// In batches, for each publication costs the sender a cache miss, and a sleeping one a wake-up; but
// a sender that waits must not wait for a batch of slow messages.
inline bool Inlet::publishing_is_due() const {
  constexpr std::uint64_t kSlowNs = 1'000'000;
  const std::uint64_t published = receiver().freed.load(std::memory_order_relaxed);
  if (freed_ - published >= ring_.bytes() / 8) return true;
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
    wake_senders();
  }
}

// Those that wait for room. Release: who sees this sees the `freed`, or `closed`, that was stored before.
void Inlet::wake_senders() {
  Word32& space = receiver().space;
  space.store(space.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  os::futex_wake(space, std::numeric_limits<int>::max());
}

void Inlet::publish_if_wanted() {
  // Relaxed: whoever begins to wait just now is seen in the next round, or by publish_freed().
  if (sender().wants_space.load(std::memory_order_relaxed) != 0) publish_freed();
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

bool Inlet::cut_off() {
  if (cut_off_) return false;
  cut_off_ = true;
  close();
  answers_.give_all(ReplyStatus::refused);
  return true;
}

void Inlet::close() {
  // Sequentially consistent: the last look at the ring comes after. See Outlet::tell().
  receiver().closed.store(1, std::memory_order_seq_cst);
  wake_senders();
}

}  // namespace pactor::mail
