// Some of the reply slots of a channel. Of fixed size: putting one in cannot fail.
//
//     SlotSet unused = SlotSet::all();
//     std::uint16_t slot = unused.lowest();
//     unused.erase(slot);
#pragma once

#include <pactor/mail/layout.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace pactor::mail {

class SlotSet {
 public:
  [[nodiscard]] static SlotSet all() noexcept {
    SlotSet set;
    set.words_.fill(~std::uint64_t{0});
    return set;
  }

  [[nodiscard]] bool empty() const noexcept {
    return std::ranges::all_of(words_, [](std::uint64_t word) { return word == 0; });
  }
  // Of one that is not empty.
  [[nodiscard]] std::uint16_t lowest() const noexcept {
    std::size_t word = 0;
    while (words_[word] == 0) ++word;
    return lowest_of(word, words_[word]);
  }
  [[nodiscard]] bool contains(std::uint16_t slot) const noexcept {
    return (words_[slot / kBits] & bit(slot)) != 0;
  }
  void insert(std::uint16_t slot) noexcept { words_[slot / kBits] |= bit(slot); }
  void erase(std::uint16_t slot) noexcept { words_[slot / kBits] &= ~bit(slot); }

  // Calls `visit(slot)` for each, in ascending order. It may erase that one.
  template <class Visit>
  void each(Visit visit) {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      for (std::uint64_t left = words_[word]; left != 0; left &= left - 1) {
        visit(lowest_of(word, left));
      }
    }
  }

 private:
  static constexpr std::size_t kBits = 64;
  static_assert(kReplySlots % kBits == 0);

  static constexpr std::uint16_t lowest_of(std::size_t word, std::uint64_t bits) {
    return static_cast<std::uint16_t>(word * kBits +
                                      static_cast<std::size_t>(std::countr_zero(bits)));
  }
  static constexpr std::uint64_t bit(std::uint16_t slot) {
    return std::uint64_t{1} << slot % kBits;
  }

  std::array<std::uint64_t, kReplySlots / kBits> words_{};
};

}  // namespace pactor::mail
