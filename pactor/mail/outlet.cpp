#include <pactor/mail/outlet.hpp>

#include <pactor/mail/pause.hpp>
#include <pactor/os/failure.hpp>

#include <cstring>
#include <new>

namespace pactor::mail {

Outlet::Outlet(const Route& route, const Place& channel, const os::Fd& mailbox_memory,
               Stamper& stamper, const Lifeline& lifeline, Depot& depot)
    : route_(route),
      sender_part_(channel.memory, channel.offset + kSenderPartOffset, kSenderPartBytes,
                   os::Access::read_write),
      receiver_part_(channel.memory, channel.offset + kReceiverPartOffset, kReceiverPartBytes,
                     os::Access::read),
      doorbell_(mailbox_memory, kDoorbellOffset, sizeof(Doorbell), os::Access::read_write),
      stamper_(stamper),
      lifeline_(lifeline),
      depot_(depot),
      asks_(mutex_, sender(), receiver_part_, doorbell_.as<Doorbell>()->cpu, lifeline) {}

Sent Outlet::tell(std::uint64_t method, const Payload& payload, os::Deadline deadline) {
  PACTOR_CHECK(payload.bytes.size() <= kMaxPayloadBytes);
  const Draft draft{.kind = Kind::tell, .method = method, .payload = payload.bytes, .ask = {}};
  std::unique_lock lock(mutex_);
  const Sent room = make_room(lock, padded(draft.bytes()), kReservedBytes, deadline);
  if (room != Sent::accepted) return room;
  write(draft);
  // The second look at `closed`: the receiver stores it before it looks at the rings for the last
  // time, we read it after the commit. So either it found the record, or we see that it did not; and
  // what it had processed by then is counted in `taken`.
  if (!closed() || receiver().taken.load(std::memory_order_acquire) >= sent_) return Sent::accepted;
  return Sent::closed;
}

Sent Outlet::ask(std::uint64_t method, const Payload& payload, os::Deadline deadline, Ask& ask) {
  PACTOR_CHECK(payload.bytes.size() <= kMaxPayloadBytes);
  std::unique_lock lock(mutex_);
  if (!asks_.reserve(lock, deadline, ask)) return closed() ? Sent::closed : Sent::full;
  const Draft draft{.kind = Kind::ask, .method = method, .payload = payload.bytes, .ask = ask};
  const Sent room = make_room(lock, padded(draft.bytes()), kReservedBytes, deadline);
  if (room != Sent::accepted) {
    asks_.cancel(ask);
    return room;
  }
  write(draft);
  // As in tell(); here an answer tells that it was found.
  if (!closed() || asks_.answered(ask)) return Sent::accepted;
  asks_.abandon(ask);
  return Sent::closed;
}

void Outlet::close() {
  std::unique_lock lock(mutex_);
  if (closing_ || closed()) return;
  closing_ = true;
  const Draft draft{.kind = Kind::close, .method = 0, .payload = {}, .ask = {}};
  const Sent room = make_room(lock, padded(draft.bytes()), sizeof(Word64), os::kNever);
  if (room == Sent::accepted) write(draft);
}

bool Outlet::wait_ended(os::Deadline deadline) const {
  while (fate().ended.load(std::memory_order_acquire) == 0) {
    if (!lifeline_.wait(fate().ended, 0, deadline)) {
      return fate().ended.load(std::memory_order_acquire) != 0;
    }
  }
  return true;
}

Sent Outlet::make_room(std::unique_lock<std::mutex>& lock, std::uint64_t bytes,
                       std::uint64_t reserve, os::Deadline deadline) {
  for (;;) {
    if (closed()) return Sent::closed;
    const std::uint64_t until_end = kRingBytes - sent_ % kRingBytes;
    const bool contiguous = bytes <= until_end;
    const std::uint64_t advance = contiguous ? bytes : until_end;
    if (room() < advance + reserve) {
      // Pairs with the release in Inlet::publish_freed(): the receiver has read what we overwrite.
      freed_ = receiver().freed.load(std::memory_order_acquire);
      if (room() < advance + reserve && !wait_for_space(lock, deadline)) {
        return closed() ? Sent::closed : Sent::full;
      }
    } else if (contiguous) {
      return Sent::accepted;
    } else {
      commit(pack_header(until_end, Kind::skip), until_end);
      // A long record may have to wait for the room that this skip takes. So a receiver that sleeps has
      // to be woken for it: nothing else would follow.
      ring_if_armed();
    }
  }
}

bool Outlet::wait_for_space(std::unique_lock<std::mutex>& lock, os::Deadline deadline) {
  const auto freed_or_closed = [this, before = freed_] {
    return receiver().freed.load(std::memory_order_seq_cst) != before ||
           receiver().closed.load(std::memory_order_seq_cst) != 0;
  };
  if (std::chrono::steady_clock::now() >= deadline) return false;
  if (patience_.wait_until(freed_or_closed, doorbell_.as<Doorbell>()->cpu)) return true;
  // As with the doorbell, each side writes, then reads what the other wrote: we `wants_space` and then
  // `freed` and `closed`, the receiver those and then `wants_space`. It raises `space` before it
  // wakes, so that the older value does not put us to sleep.
  PACTOR_PAUSE("wait_for_space: before wanted");
  ++waiting_;
  sender().wants_space.store(1, std::memory_order_seq_cst);
  const std::uint32_t seen = receiver().space.load(std::memory_order_seq_cst);
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

void Outlet::write(const Draft& draft) {
  const std::uint64_t bytes = draft.bytes();
  std::byte* begin = at(sent_);
  publish_cpu(sender().cpu);
  auto* record = reinterpret_cast<Record*>(begin);
  record->stamp = stamper_.next();
  record->method = draft.method;
  std::byte* body = begin + sizeof(Record);
  if (draft.kind == Kind::ask) {
    std::memcpy(body, &draft.ask.number, sizeof draft.ask.number);
    body += sizeof draft.ask.number;
  }
  if (!draft.payload.empty()) std::memcpy(body, draft.payload.data(), draft.payload.size());
  commit(pack_header(bytes, draft.kind, draft.ask.slot), padded(bytes));
  PACTOR_PAUSE("write: committed");
  ring_if_armed();
  PACTOR_PAUSE("write: rung");
}

void Outlet::ring_if_armed() {
  if (receiver().armed.load(std::memory_order_seq_cst) != 0) {
    ring(*doorbell_.as<Doorbell>(), route_.channel);
  }
}

void Outlet::commit(std::uint64_t header, std::uint64_t bytes) {
  // The record after this one does not exist yet: its header must read as zero before ours is seen.
  reinterpret_cast<Record*>(at(sent_ + bytes))->header.store(0, std::memory_order_relaxed);
  PACTOR_PAUSE("commit: before header");
  // Commit: pairs with the acquire in Inlet::look(). Sequentially consistent, because what follows
  // reads words that the receiver stores before it reads this one (`armed`, `closed`).
  reinterpret_cast<Record*>(at(sent_))->header.store(header, std::memory_order_seq_cst);
  sent_ += bytes;
}

}  // namespace pactor::mail
