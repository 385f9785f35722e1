// The receiver's side of the reply slots of a channel: where answers go. The asker's is asks.hpp.
//
//     answers.give(letter, ReplyStatus::value, bytes, stamp);
//
// A short answer lies in its slot, whose room was reserved with the ask; a longer one in the arena that
// all slots share, or in a parcel of its own. Used by the actor's own thread only.
#pragma once

#include <pactor/mail/depot.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/mail/parcels.hpp>
#include <pactor/mail/payload.hpp>
#include <pactor/os/memory.hpp>

#include <bitset>
#include <optional>
#include <vector>

namespace pactor::mail {

class Answers {
 public:
  // The parts stay mapped as long as this lives.
  Answers(Depot& depot, const Route& route, const os::Mapping& receiver_part,
          const SenderPage& sender) noexcept;
  ~Answers();

  // What a previous process of the actor has answered, and its asker has not read yet, keeps its place.
  void take_over();

  // Stores the answer to ask `number`, which waits on `slot`, and wakes the asker. Throws pactor::Error if
  // it is long and there is no memory for it; nothing was stored then. What fits a slot always succeeds.
  void give(std::uint16_t slot, std::uint64_t number, ReplyStatus status, const Payload& payload,
            std::uint64_t stamp);

  // All asks that wait for an answer get this one.
  void give_all(ReplyStatus status) noexcept;

 private:
  struct Block {  // of the arena, in use by an answer
    std::uint32_t offset;
    std::uint32_t bytes;
    std::uint16_t slot;
    std::uint64_t number;
  };
  struct InParcel {
    StagedParcel parcel;
    std::uint16_t slot;
    std::uint64_t number;
  };

  [[nodiscard]] std::optional<std::uint32_t> allocate(std::uint16_t slot, std::uint64_t number,
                                                      std::uint32_t bytes);
  void insert(std::vector<Block>::iterator before, const Block& block);
  void reclaim(std::uint16_t slot);
  // Sees to it that the memory of a block is there. Throws pactor::Error where there is none.
  void reserve_pages(std::uint32_t offset, std::uint32_t bytes);
  // Whether the asker still waits, or has yet to read its answer.
  [[nodiscard]] bool awaited(std::uint16_t slot, std::uint64_t number) const {
    // Pairs with the release in Asks::free_slot(): the asker has read its answer.
    return sender_.awaited[slot].load(std::memory_order_acquire) >> 1 == number;
  }
  [[nodiscard]] ReplySlot& slot(std::uint16_t index) const {
    return receiver_part_.as<ReplySlot>(kSlotsOffset)[index];
  }

  const os::Mapping& receiver_part_;
  const SenderPage& sender_;
  std::vector<Block> blocks_;                       // by offset
  std::bitset<kArenaBytes / kPageBytes> reserved_;  // pages of the arena that are there
  std::vector<InParcel> in_parcels_;
  ParcelPool parcels_;
};

}  // namespace pactor::mail
