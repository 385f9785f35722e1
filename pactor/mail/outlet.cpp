#include <pactor/mail/outlet.hpp>

#include <pactor/mail/pause.hpp>
#include <pactor/mail/walk.hpp>
#include <pactor/os/failure.hpp>

#include <sys/mman.h>
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace pactor::mail {

namespace {

// How long a sender waits for a receiver that makes no headway before it moves on to a ring that does
// not fit the cache any more.
constexpr std::chrono::milliseconds kBeforeLongRing{1};

}  // namespace

Outlet::Outlet(const Route& route, const Place& channel, const os::Fd& mailbox_memory,
               Stamper& stamper, const Lifeline& lifeline, Depot& depot)
    : route_(route),
      receiver_part_(channel.memory, channel.offset + kReceiverPartOffset, kReceiverPartBytes,
                     os::Access::read),
      terms_(read_terms(receiver())),
      options_(options_of(terms_)),
      most_in_ring_(std::max(terms_.bound_bytes / 8, kLeastBoundBytes / 4)),
      sender_part_(map_sender_part(channel, terms_, os::Access::read_write)),
      doorbell_(mailbox_memory, kDoorbellOffset, sizeof(Doorbell), os::Access::read_write),
      stamper_(stamper),
      lifeline_(lifeline),
      // Of what an actor sends itself, its successor would not know which parcels are in use.
      parcels_(depot, route,
               route.channel == kSelfChannel ? ParcelPool::Reuse::no : ParcelPool::Reuse::yes),
      asks_(mutex_, sender(), receiver_part_, doorbell_.as<Doorbell>()->cpu, lifeline, depot) {
  reserved_[0] = kPageBytes;  // as the channel began
  recover();
}

Outlet::~Outlet() = default;

// Behind what is in the rings. Only an actor's channel to itself ever has anything there: each other
// process gets a channel of its own.
void Outlet::recover() {
  ring_ = Ring(sender_part_, 0, 0);
  if (route_.channel != kSelfChannel) return;
  Walk walk(sender_part_, terms_, receiver(), receiver().taken.load(std::memory_order_relaxed));
  if (walk.lost()) return;  // damaged: its Inlet finds that out too
  ring_ = walk.ring();
  sent_ = freed_ = walk.position();  // it was the same process that read what lies before
  asks_.take_over();
  while (walk.step()) {
    sent_ = walk.position();
    if (walk.kind() == Kind::close) closing_ = true;
    if (walk.kind() == Kind::move) ring_ends_[ring_.number()] = sent_;
    ring_ = walk.ring();
  }
}

Sent Outlet::tell(std::uint64_t method, const Payload& payload, os::LazyDeadline&& deadline) {
  Lock lock(mutex_);
  if (closing_) return Sent::closed;
  const Draft draft{.kind = Kind::tell, .method = method, .payload = payload};
  const Sent sent = send(lock, draft, deadline);
  if (sent == Sent::full && options_.when_full.policy == WhenFull::Policy::drop_newest) {
    return Sent::dropped;
  }
  if (sent != Sent::accepted) return sent;
  // The second look at `closed`: the receiver stores it before it looks at the rings for the last
  // time, we read it after the commit. So either it found the record, or we see that it did not; and
  // what it had processed by then is counted in `taken`, which it stored before.
  if (!closed() || place_position(receiver().taken.load(std::memory_order_relaxed)) >= sent_)
    return Sent::accepted;
  return Sent::closed;
}

Sent Outlet::ask(std::uint64_t method, const Payload& payload, os::LazyDeadline&& deadline,
                 Ask& ask) {
  Lock lock(mutex_);
  if (closing_) return Sent::closed;
  if (!asks_.reserve(lock, deadline, ask)) return closed() ? Sent::closed : Sent::full;
  const Draft draft{.kind = Kind::ask, .method = method, .payload = payload, .ask = ask};
  Sent sent = Sent::full;
  try {
    sent = send(lock, draft, deadline);
  } catch (...) {
    asks_.cancel(ask);
    throw;
  }
  if (sent != Sent::accepted) {
    asks_.cancel(ask);
    return sent;
  }
  // As in tell(); here an answer tells that it was found.
  if (!closed() || asks_.answered(ask)) return Sent::accepted;
  asks_.abandon(ask);
  return Sent::closed;
}

// Nothing is in the way of most messages.
inline Sent Outlet::send(Lock& lock, const Draft& draft, os::LazyDeadline& deadline) {
  const std::uint64_t bytes = draft.bytes();
  const bool fits = sent_ + padded(bytes) <= clear_;
  const bool lies_within = draft.payload.descriptors == 0 && !is_long(draft.payload.size());
  if (!fits || !lies_within || closed()) [[unlikely]]
    return find_room_and_send(lock, draft, deadline);
  write_within(draft, bytes);
  return Sent::accepted;
}

Sent Outlet::find_room_and_send(Lock& lock, Draft draft, os::LazyDeadline& deadline) {
  const std::uint64_t bytes = draft.payload.size();
  const bool in_parcel = is_long(bytes);
  const std::uint64_t outside = (in_parcel ? bytes : 0) + draft.payload.attached_bytes;
  if (outside != 0) see_freed();  // a parcel that is done with is better than a new one
  if (ring_.bytes() > kCalmRingBytes) leave_long_ring();
  const Sent within = keep_to_bound(lock, bytes + draft.payload.attached_bytes, deadline);
  if (within != Sent::accepted) return within;
  outside_bytes_ += outside;
  StagedParcel parcel;
  Sent room = Sent::closed;
  try {
    if (in_parcel) parcel = parcels_.stage(draft.payload);
    if (parcel) draft.parcel = &parcel;
    if (!in_parcel || parcel) {
      room = make_room(lock, padded(draft.bytes()), kReservedBytes, deadline);
    }
    // Another thread has sent the close while this one waited: behind that nothing is processed.
    if (room == Sent::accepted && closing_) room = Sent::closed;
    // Before the commit, after which nothing may fail any more.
    if (outside != 0 && room == Sent::accepted) outside_.emplace_back();
  } catch (...) {
    give_up(std::move(parcel), outside);
    throw;
  }
  if (room != Sent::accepted) {
    give_up(std::move(parcel), outside);
    return room;
  }
  write(draft);
  if (outside != 0) {
    outside_.back() = {.end = sent_, .bytes = outside, .parcel = std::move(parcel)};
    // What its reader gives up, we need not keep mapped.
    if (outside_.back().parcel.last_use) outside_.back().parcel = {};
  }
  clear_ = clear_end();
  return room;
}

// What is outside of a record that is not sent.
void Outlet::give_up(StagedParcel parcel, std::uint64_t outside_bytes) noexcept {
  outside_bytes_ -= outside_bytes;
  clear_ = 0;  // there may be another ring by now, of which not all is there
  parcels_.withdraw(std::move(parcel));
}

// A record that ends by here lies in one piece, has its pages, and leaves free what is kept back; it is within the
// bound, and the ring is one to stay in. That stays true while `sent_` and `freed_` grow. Anything else changes for a
// record that needs more than this, and behind it this is found anew. (While one whose bytes lie outside waits for room,
// others pass the bound by what is shorter than that one's record.)
std::uint64_t Outlet::clear_end() const {
  if (ring_.bytes() > kCalmRingBytes || waiting_bytes() > terms_.bound_bytes) return 0;
  const std::uint64_t reserved = reserved_[ring_.number()];
  const std::uint64_t there = sent_ - (ring_.bytes() - ring_.until_end(sent_)) + reserved -
                              (reserved == ring_.bytes() ? 0 : kReservedBytes);
  const std::uint64_t free = sent_ + room() - kReservedBytes;
  const std::uint64_t within_bound = sent_ + terms_.bound_bytes - waiting_bytes();
  return std::min({there, free, within_bound});
}

void Outlet::close() {
  Lock lock(mutex_);
  if (closing_ || closed()) return;
  closing_ = true;
  const Draft draft{.kind = Kind::close, .payload = {}};
  os::LazyDeadline never = os::kNever;
  const Sent room = make_room(lock, padded(draft.bytes()), sizeof(Word64), never);
  if (room == Sent::accepted) write(draft);
}

bool Outlet::wait_ended(os::Deadline deadline) const {
  for (;;) {
    const std::uint32_t seen = fate().ended.load(std::memory_order_acquire);
    if (seen == Fate::kEnded) return true;
    if (!lifeline_.wait(fate().ended, seen, deadline)) return fate().told();
  }
}

// ---- Room ------------------------------------------------------------------------------------

// Pairs with the release in Inlet::publish_freed(): the receiver has read what we overwrite.
void Outlet::see_freed() {
  // No sane receiver frees what was not sent, nor takes back what it has freed.
  freed_ = std::clamp(receiver().freed.load(std::memory_order_acquire), freed_, sent_);
  auto used = outside_.begin();
  for (; used != outside_.end() && used->end <= freed_; ++used) {
    outside_bytes_ -= used->bytes;
    parcels_.give_back(std::move(used->parcel));
  }
  outside_.erase(outside_.begin(), used);
  if (to_release_ != 0 && ring_ends_[to_release_] <= freed_) {
    const Ring left(sender_part_, std::exchange(to_release_, 0), 0);
    ::madvise(left.begin(), left.bytes(), MADV_REMOVE);  // or it stays, which does no harm
    reserved_[left.number()] = 0;
  }
}

Sent Outlet::keep_to_bound(Lock& lock, std::uint64_t bytes, os::LazyDeadline& deadline) {
  const auto fits = [&] {
    const std::uint64_t waiting = waiting_bytes();
    return waiting == 0 || (bytes <= terms_.bound_bytes && waiting <= terms_.bound_bytes - bytes);
  };
  while (!fits()) {
    if (closed()) return Sent::closed;
    see_freed();
    if (!fits() && !wait_for_space(lock, deadline.get()))
      return closed() ? Sent::closed : Sent::full;
  }
  return Sent::accepted;
}

Sent Outlet::make_room(Lock& lock, std::uint64_t bytes, std::uint64_t reserve,
                       os::LazyDeadline& deadline) {
  bool stuck = false;
  for (;;) {
    if (closed()) return Sent::closed;
    const std::uint64_t until_end = ring_.until_end(sent_);
    const bool contiguous = bytes <= until_end;
    const std::uint64_t needed = (contiguous ? bytes : until_end) + reserve;
    if (room() < needed) see_freed();
    std::uint32_t longer = 0;
    if (room() >= needed) {
      if (contiguous) break;
      skip_to_start();
    } else if (find_longer_ring(bytes + reserve, longer)) {
      const os::Deadline soon = std::chrono::steady_clock::now() + kBeforeLongRing;
      if (ring_.bytes() < kCalmRingBytes || bytes + reserve > ring_.bytes() || stuck ||
          deadline.get() < soon) {
        move_to(longer);
      } else {
        stuck = !wait_for_space(lock, soon);
      }
    } else if (!wait_for_space(lock, deadline.get())) {
      return closed() ? Sent::closed : Sent::full;
    }
  }
  // With what is kept back behind it: a skip, a move or a close never lacks pages.
  const std::uint64_t end =
      std::min(ring_.bytes() - ring_.until_end(sent_) + bytes + reserve, ring_.bytes());
  if (end > reserved_[ring_.number()]) [[unlikely]]
    reserve_pages(ring_, end);
  longest_ = std::max(longest_, bytes);
  return Sent::accepted;
}

bool Outlet::find_longer_ring(std::uint64_t bytes, std::uint32_t& ring) const {
  if (closing_) return false;  // the close has taken the room that was kept for a move
  for (ring = ring_.number() + 1; ring < terms_.rings; ++ring) {
    if (ring_bytes(ring) >= bytes && ring_ends_[ring] <= freed_) return true;
  }
  return false;
}

void Outlet::reserve_pages(const Ring& ring, std::uint64_t bytes) {
  // Some at a time: each is a system call.
  constexpr std::uint64_t kMostAtOnce = 1 << 20;
  std::uint64_t& reserved = reserved_[ring.number()];
  const std::uint64_t some = std::clamp(ring.bytes() / 8, std::uint64_t{kPageBytes}, kMostAtOnce);
  const std::uint64_t end = std::min(std::max(bytes, reserved + some), ring.bytes());
  const auto offset = static_cast<std::size_t>(ring.begin() - sender_part_.begin());
  sender_part_.reserve_pages(offset + reserved, end - reserved);
  reserved = end;
}

void Outlet::skip_to_start() {
  const std::uint64_t until_end = ring_.until_end(sent_);
  const std::uint64_t next = sent_ + until_end;
  commit(pack_header(until_end, Kind::skip), until_end, ring_.record(next));
  // A long record may have to wait for the room that this skip takes. So a receiver that sleeps has
  // to be woken for it: nothing else would follow.
  ring_if_armed();
}

// In the room that is kept back. What the ring holds stays until the receiver has come to the move.
void Outlet::move_to(std::uint32_t ring) {
  if (reserved_[ring] == 0) reserve_pages(Ring(sender_part_, ring, 0), kPageBytes);
  if (ring_.until_end(sent_) < sizeof(Record)) skip_to_start();
  const Ring next(sender_part_, ring, sent_ + sizeof(Record));
  ring_ends_[ring_.number()] = next.start();
  commit(pack_header(sizeof(Record), Kind::move, static_cast<std::uint16_t>(ring)), sizeof(Record),
         next.record(next.start()));
  ring_ = next;
  longest_ = 0;
  ring_if_armed();
}

// Once the receiver has caught up, a ring that fits the cache serves better, and the long one's memory can
// be given back. Not for records that would need the long one again.
void Outlet::leave_long_ring() {
  constexpr std::uint32_t kCalm = std::countr_zero(kCalmRingBytes / kFirstRingBytes);
  if (to_release_ != 0 || longest_ > kCalmRingBytes / 4 || closing_) return;
  see_freed();
  if (freed_ != sent_) return;
  const std::uint32_t left = ring_.number();
  try {
    move_to(kCalm);
  } catch (const Error&) {
    return;  // there is no memory for the other one
  }
  to_release_ = left;
}

bool Outlet::wait_for_space(Lock& lock, os::Deadline deadline) {
  // As see_freed() would see it: for what no sane receiver says, nobody need stay awake.
  const auto freed_or_closed = [this, before = freed_, sent = sent_] {
    const std::uint64_t freed = receiver().freed.load(std::memory_order_seq_cst);
    return std::clamp(freed, before, sent) != before ||
           receiver().closed.load(std::memory_order_relaxed) != 0;
  };
  if (std::chrono::steady_clock::now() >= deadline) return false;
  if (patience_.wait_until(freed_or_closed, doorbell_.as<Doorbell>()->cpu)) return true;
  // As with the doorbell, each side writes, then reads what the other wrote: we `wants_space` and then
  // `freed`, the receiver that and then `wants_space`. It raises `space` before it wakes, so that the older
  // value does not put us to sleep; and if we have read the newer one, we see what it tells of. Who closes
  // does not ask, and wakes us either way. Checked by tests/models/space.pml.
  PACTOR_PAUSE("wait_for_space: before wanted");
  ++waiting_;
  sender().wants_space.store(1, std::memory_order_seq_cst);
  const std::uint32_t seen = receiver().space.load(std::memory_order_acquire);
  PACTOR_PAUSE("wait_for_space: wanted");
  bool in_time = true;
  if (!freed_or_closed()) {
    PACTOR_PAUSE("wait_for_space: nothing freed");
    lock.unlock();  // close() and other threads' answers must not wait for us
    in_time = lifeline_.wait(receiver().space, seen, deadline);
    lock.lock();
  }
  if (--waiting_ == 0) sender().wants_space.store(0, std::memory_order_relaxed);
  return in_time || freed_or_closed();
}

// ---- Writing ---------------------------------------------------------------------------------

std::uint64_t Outlet::Draft::bytes() const {
  return sizeof(Record) + (kind == Kind::ask ? sizeof ask.number : 0) +
         (payload.descriptors != 0 ? sizeof payload.descriptors : 0) +
         (parcel != nullptr ? sizeof(ParcelRef) : payload.size());
}

Flags Outlet::Draft::flags() const {
  Flags flags = 0;
  if (payload.descriptors != 0) flags |= kHasDescriptors;
  if (parcel != nullptr) flags |= parcel->last_use ? kInParcel | kLastUse : kInParcel;
  return flags;
}

void Outlet::write(const Draft& draft) {
  std::byte* next = begin_record(draft);
  const auto append = [&next](const void* from, std::size_t count) {
    std::memcpy(next, from, count);
    next += count;
  };
  const Payload& payload = draft.payload;
  if (payload.descriptors != 0) append(&payload.descriptors, sizeof payload.descriptors);
  if (draft.parcel != nullptr) {
    const ParcelRef ref{.ticket = draft.parcel->ticket, .bytes = payload.size()};
    append(&ref, sizeof ref);
  } else {
    payload.copy_to(next);
  }
  const std::uint64_t bytes = draft.bytes();
  end_record(pack_header(bytes, draft.kind, draft.ask.slot, draft.flags()), bytes);
}

inline void Outlet::write_within(const Draft& draft, std::uint64_t bytes) {
  draft.payload.copy_to(begin_record(draft));
  end_record(pack_header(bytes, draft.kind, draft.ask.slot), bytes);
}

// Returns where the payload, or what is in its place, begins.
inline std::byte* Outlet::begin_record(const Draft& draft) {
  publish_cpu(sender().cpu);
  Record& record = ring_.record(sent_);
  record.stamp = stamper_.next();
  record.method = draft.method;
  std::byte* next = reinterpret_cast<std::byte*>(&record) + sizeof(Record);
  if (draft.kind != Kind::ask) return next;
  std::memcpy(next, &draft.ask.number, sizeof draft.ask.number);
  return next + sizeof draft.ask.number;
}

inline void Outlet::end_record(std::uint64_t header, std::uint64_t bytes) {
  commit(header, padded(bytes), ring_.record(sent_ + padded(bytes)));
  PACTOR_PAUSE("write: committed");
  ring_if_armed();
  PACTOR_PAUSE("write: rung");
}

void Outlet::ring_if_armed() {
  if (receiver().armed.load(std::memory_order_seq_cst) != 0) {
    ring(*doorbell_.as<Doorbell>(), route_.channel);
  }
}

void Outlet::commit(std::uint64_t header, std::uint64_t bytes, Record& next) {
  // The record after this one does not exist yet: its header must read as zero before ours is seen.
  next.header.store(0, std::memory_order_relaxed);
  ring_.fetch_ahead(sent_, bytes);
  PACTOR_PAUSE("commit: before header");
  // Commit: pairs with the acquire in Inlet::look(). Sequentially consistent, because what follows
  // reads words that the receiver stores before it reads this one (`armed`, `closed`).
  ring_.record(sent_).header.store(header, std::memory_order_seq_cst);
  sent_ += bytes;
}

}  // namespace pactor::mail
