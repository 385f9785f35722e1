#include <pactor/mail/answers.hpp>

#include <pactor/error.hpp>
#include <pactor/mail/fate.hpp>
#include <pactor/mail/pause.hpp>
#include <pactor/os/futex.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace pactor::mail {

Answers::Answers(Depot& depot, const Route& route, const os::Mapping& receiver_part,
                 const SenderPage& sender) noexcept
    : receiver_part_(receiver_part),
      sender_(sender),
      parcels_(depot, route, ParcelPool::Reuse::yes) {}

Answers::~Answers() = default;

void Answers::take_over() {
  for (std::uint16_t i = 0; i < kReplySlots; ++i) {
    // Only of these it is certain that their pages are there, see Asks::reserve().
    if (sender_.awaited[i].load(std::memory_order_relaxed) == 0) continue;
    const ReplySlot& from = slot(i);
    const std::uint64_t state = from.state.load(std::memory_order_relaxed);
    const std::uint64_t number = reply_number(state);
    // Of an ask that the keeper has ended, the rest of the slot is that of an earlier one.
    if (number == 0 || !has_payload(reply_status(state)) || !awaited(i, number)) continue;
    if (from.place != ReplyPlace::arena || from.ref.where > kArenaBytes ||
        padded(from.bytes) > kArenaBytes - from.ref.where) {
      continue;
    }
    const Block block{.offset = static_cast<std::uint32_t>(from.ref.where),
                      .bytes = static_cast<std::uint32_t>(padded(from.bytes)),
                      .slot = i,
                      .number = number};
    insert(std::ranges::upper_bound(blocks_, block.offset, {}, &Block::offset), block);
  }
}

void Answers::give(std::uint16_t slot_index, std::uint64_t number, ReplyStatus status,
                   const Payload& payload, std::uint64_t stamp) {
  if (payload.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error("an answer has at most 4 GiB; ask for it in parts");
  }
  ReplySlot& to = slot(slot_index);
  if (payload.size() <= kInlineReplyBytes && payload.descriptors == 0) [[likely]] {
    payload.copy_to(to.inlined.data());
    to.place = ReplyPlace::inlined;
  } else {
    reclaim(slot_index);
    std::optional<std::uint32_t> offset;
    if (payload.size() <= kArenaReplyBytes) {
      offset = allocate(slot_index, number, static_cast<std::uint32_t>(padded(payload.size())));
    }
    ReplyRef ref{.where = offset.value_or(0), .descriptors = payload.descriptors, .last_use = 0};
    if (offset) {
      reserve_pages(*offset, static_cast<std::uint32_t>(payload.size()));
      payload.copy_to(receiver_part_.begin() + kArenaOffset + *offset);
      to.place = ReplyPlace::arena;
    } else {
      in_parcels_.reserve(in_parcels_.size() + 1);  // behind the next line nothing may fail
      StagedParcel parcel = parcels_.stage(payload);
      // Where the asker has gone for good, nobody looks at it.
      ref.where = parcel.ticket;
      ref.last_use = parcel.last_use ? 1 : 0;
      to.place = ReplyPlace::parcel;
      if (!parcel.last_use) {
        in_parcels_.push_back({.parcel = std::move(parcel), .slot = slot_index, .number = number});
      }
    }
    to.ref = ref;
  }
  to.bytes = static_cast<std::uint32_t>(payload.size());
  to.stamp = stamp;
  PACTOR_PAUSE("answer: before state");
  // Pairs with the acquire in Asks::answered(). Sequentially consistent for the look at who sleeps that follows, see
  // Asks::sleep(). At the slot's own flag only then, for the asker writes beside it with each ask: to look there each
  // time would cost both a line of the cache.
  to.state.store(pack_reply(number, status), std::memory_order_seq_cst);
  PACTOR_PAUSE("answer: stored");
  if (sender_.askers_asleep.load(std::memory_order_seq_cst) != 0 &&
      sender_.awaited[slot_index].load(std::memory_order_relaxed) == (number << 1 | 1)) {
    os::futex_wake(low_half(to.state), std::numeric_limits<int>::max());
  }
}

void Answers::give_all(ReplyStatus status) noexcept {
  end_asks(sender_, receiver_part_.as<ReplySlot>(kSlotsOffset), status);
}

std::optional<std::uint32_t> Answers::allocate(std::uint16_t slot, std::uint64_t number,
                                               std::uint32_t bytes) {
  // The first gap that is wide enough. Answers are given back in any order, and one that its asker
  // keeps for long must not hold up the room behind it. There are few: at most one per slot.
  std::uint32_t offset = 0;
  auto behind = blocks_.begin();
  while (behind != blocks_.end() && behind->offset < std::uint64_t{offset} + bytes) {
    offset = std::max(offset, behind->offset + behind->bytes);
    ++behind;
  }
  if (kArenaBytes - offset < bytes) return std::nullopt;
  insert(behind, {.offset = offset, .bytes = bytes, .slot = slot, .number = number});
  return offset;
}

void Answers::insert(std::vector<Block>::iterator before, const Block& block) {
  blocks_.insert(before, block);
}

void Answers::reserve_pages(std::uint32_t offset, std::uint32_t bytes) {
  for (std::size_t page = offset / kPageBytes; page * kPageBytes < std::size_t{offset} + bytes;
       ++page) {
    if (reserved_[page]) continue;
    receiver_part_.reserve_pages(kArenaOffset + page * kPageBytes, kPageBytes);
    reserved_.set(page);
  }
}

// `slot` is about to have another answer, so its earlier one is not wanted. A faulty asker may still seem to
// await it, and would have us keep more and more of them.
void Answers::reclaim(std::uint16_t slot) {
  std::erase_if(blocks_, [&](const Block& block) {
    return block.slot == slot || !awaited(block.slot, block.number);
  });
  std::erase_if(in_parcels_, [&](InParcel& answer) {
    if (answer.slot != slot && awaited(answer.slot, answer.number)) return false;
    parcels_.give_back(std::move(answer.parcel));
    return true;
  });
}

}  // namespace pactor::mail
