#include <pactor/mail/parcels.hpp>

#include <pactor/error.hpp>
#include <pactor/os/failure.hpp>

#include <sys/stat.h>
#include <algorithm>
#include <new>

namespace pactor::mail {

namespace {

// Of what a descriptor refers to.
std::uint64_t bytes_of(const os::Fd& memory) {
  struct stat status{};
  if (::fstat(memory.get(), &status) != 0) os::fail("cannot tell the length of a parcel");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

ParcelPool::~ParcelPool() = default;

StagedParcel ParcelPool::stage(const Payload& payload) {
  StagedParcel staged;
  // The smallest that is large enough.
  auto best = idle_.end();
  for (auto it = idle_.begin(); it != idle_.end(); ++it) {
    if (it->memory.bytes() < payload.size()) continue;
    if (best == idle_.end() || it->memory.bytes() < best->memory.bytes()) best = it;
  }
  if (best != idle_.end()) {
    staged = std::move(*best);
    idle_.erase(best);
  } else {
    const Parcel made = depot_.reserve(route_, payload.size());
    if (made.ticket == 0) return {};
    staged.ticket = made.ticket;
    try {
      staged.memory = os::Mapping(made.memory, 0, bytes_of(made.memory), os::Access::read_write);
    } catch (...) {
      depot_.discard(made.ticket);
      throw;
    }
    staged.last_use = reuse_ == Reuse::no || reused_bytes_ + staged.memory.bytes() > kReusedBytes;
    if (!staged.last_use) reused_bytes_ += staged.memory.bytes();
  }
  payload.copy_to(staged.memory.begin());
  return staged;
}

void ParcelPool::give_back(StagedParcel parcel) noexcept {
  if (parcel && !parcel.last_use) keep(std::move(parcel));
}

void ParcelPool::withdraw(StagedParcel parcel) noexcept {
  if (!parcel) return;
  if (parcel.last_use) {
    depot_.discard(parcel.ticket);
  } else {
    keep(std::move(parcel));
  }
}

void ParcelPool::keep(StagedParcel parcel) noexcept {
  try {
    idle_.push_back(std::move(parcel));
  } catch (const std::bad_alloc&) {  // then it is still ours
    reused_bytes_ -= parcel.memory.bytes();
    depot_.discard(parcel.ticket);
  }
}

std::span<const std::byte> ParcelShelf::open(Ticket ticket, std::uint64_t bytes) {
  auto mapped = mapped_.lower_bound(ticket);
  if (mapped == mapped_.end() || mapped->first != ticket) {
    const os::Fd memory = depot_.fetch(ticket);
    if (!memory) return {};
    Open open{.memory = os::Mapping(memory, 0, bytes_of(memory), os::Access::read)};
    mapped = mapped_.emplace_hint(mapped, ticket, std::move(open));
  }
  // What the writer says it has written may be a lie, but not what the memory has.
  if (bytes > mapped->second.memory.bytes()) return {};
  ++mapped->second.users;
  return {mapped->second.memory.begin(), bytes};
}

void ParcelShelf::close(Ticket ticket, bool last_use) noexcept {
  const auto open = mapped_.find(ticket);
  --open->second.users;
  open->second.last_use |= last_use;
  drop_unused(open);
}

void ParcelShelf::give_up(Ticket ticket) noexcept {
  const auto open = mapped_.find(ticket);
  if (open == mapped_.end()) {
    depot_.discard(ticket);
  } else {
    open->second.last_use = true;
    drop_unused(open);
  }
}

void ParcelShelf::drop_unused(std::map<Ticket, Open>::iterator open) noexcept {
  if (open->second.users != 0 || !open->second.last_use) return;
  const Ticket ticket = open->first;
  mapped_.erase(open);
  depot_.discard(ticket);
}

}  // namespace pactor::mail
