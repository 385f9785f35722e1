#include <pactor/runtime/keeper_parcels.hpp>

#include <pactor/mail/layout.hpp>
#include <pactor/os/memory.hpp>
#include <pactor/runtime/keeper.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace pactor::runtime {

namespace {

void answer_with_descriptors(const os::Fd& answer, std::span<const os::Fd> content) {
  const std::vector<int> numbers = os::numbers_of(content);
  answer_with(answer, DescriptorsAnswer{static_cast<std::uint32_t>(numbers.size())}, numbers);
}

DepositAnswer no_room_for(std::size_t descriptors) {
  return {.reason =
              "pactor: the keeper, which holds what is in messages on their way, has no room for " +
              std::to_string(descriptors) +
              " more file descriptors; let receivers catch up, or raise the limit (`ulimit -Hn`)"};
}

std::size_t whole_pages(std::uint64_t bytes) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max() - mail::kPageBytes;
  const std::uint64_t least = std::clamp<std::uint64_t>(bytes, 1, kMost);
  return (least + mail::kPageBytes - 1) / mail::kPageBytes * mail::kPageBytes;
}

}  // namespace

void Parcels::handle(const Reserve& request, ActorId writer, ActorId reader, const os::Fd& answer) {
  if (reader == kNobody) {
    answer_with(answer, DepositAnswer{});
    return;
  }
  os::Fd memory;
  try {
    // Its pages are the writer's to allocate: that takes its time, which the keeper has not.
    memory = os::create_shared_memory("pactor-parcel", whole_pages(request.bytes));
  } catch (const Error& error) {
    answer_with(answer, DepositAnswer{.reason = error.what()});
    return;
  }
  if (!affords(std::span(&memory, 1))) {
    answer_with(answer, no_room_for(1));
    return;
  }
  const int number = memory.get();
  Parcel parcel{.kind = Kind::memory, .route = request.route, .writer = writer, .content = {}};
  parcel.content.push_back(std::move(memory));
  const mail::Ticket ticket = keep(reader, std::move(parcel));
  answer_with(answer, DepositAnswer{.ticket = ticket}, std::span(&number, 1));
}

void Parcels::handle(const Deposit& request, ActorId writer, ActorId reader,
                     std::vector<os::Fd> fds) {
  const os::Fd answer = std::move(fds.front());
  fds.erase(fds.begin());
  if (fds.size() != request.descriptors || !affords(fds)) {
    answer_with(answer, no_room_for(request.descriptors));
    return;
  }
  if (reader == kNobody) {
    answer_with(answer, DepositAnswer{});
    return;
  }
  answer_with(answer, DepositAnswer{.ticket = keep(reader, {.kind = Kind::descriptors,
                                                            .route = request.route,
                                                            .writer = writer,
                                                            .content = std::move(fds)})});
}

void Parcels::handle(const Fetch& request, ActorId from, const os::Fd& answer) const {
  const Parcel* parcel = find(request.ticket, from, Kind::memory);
  answer_with_descriptors(answer, parcel == nullptr ? std::span<const os::Fd>() : parcel->content);
}

void Parcels::handle(const Collect& request, ActorId from, const os::Fd& answer) const {
  const Parcel* parcel = find(request.ticket, from, Kind::descriptors);
  answer_with_descriptors(answer, parcel == nullptr ? std::span<const os::Fd>() : parcel->content);
}

void Parcels::handle(const Discard& request, ActorId from) {
  const auto reader = reader_of_.find(request.ticket);
  if (reader == reader_of_.end()) return;
  const bool may =
      from == reader->second || from == shelves_.at(reader->second).at(request.ticket).writer;
  if (may) drop(request.ticket);
}

void Parcels::handle(const Leave& request, ActorId from) { drop_of_channel(from, request.route); }

void Parcels::drained(const mail::Route& route) { drop_of_channel(route.actor, route); }

void Parcels::reader_ended(ActorId reader) {
  const auto shelf = shelves_.find(reader);
  if (shelf == shelves_.end()) return;
  for (const auto& [ticket, parcel] : shelf->second) reader_of_.erase(ticket);
  shelves_.erase(shelf);
}

void Parcels::drop_of_channel(ActorId reader, const mail::Route& route) {
  const auto shelf = shelves_.find(reader);
  if (shelf == shelves_.end()) return;
  std::erase_if(shelf->second, [&](const auto& kept) {
    const mail::Route& its = kept.second.route;
    const bool dropped = its.actor == route.actor && its.channel == route.channel;
    if (dropped) reader_of_.erase(kept.first);
    return dropped;
  });
  if (shelf->second.empty()) shelves_.erase(shelf);
}

bool Parcels::affords(std::span<const os::Fd> content) const {
  // The kernel gives the lowest number that is free, so a number tells how many are in use.
  return std::ranges::all_of(content,
                             [this](const os::Fd& fd) { return fd.get() < end_of_numbers_; });
}

mail::Ticket Parcels::keep(ActorId reader, Parcel parcel) {
  const mail::Ticket ticket = ++last_ticket_;
  shelves_[reader].emplace(ticket, std::move(parcel));
  reader_of_.emplace(ticket, reader);
  return ticket;
}

const Parcels::Parcel* Parcels::find(mail::Ticket ticket, ActorId reader, Kind kind) const {
  const auto shelf = shelves_.find(reader);
  if (shelf == shelves_.end()) return nullptr;
  const auto kept = shelf->second.find(ticket);
  return kept == shelf->second.end() || kept->second.kind != kind ? nullptr : &kept->second;
}

void Parcels::drop(mail::Ticket ticket) {
  const auto reader = reader_of_.find(ticket);
  const auto shelf = shelves_.find(reader->second);
  shelf->second.erase(ticket);
  if (shelf->second.empty()) shelves_.erase(shelf);
  reader_of_.erase(reader);
}

}  // namespace pactor::runtime
