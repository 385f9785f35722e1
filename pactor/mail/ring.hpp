// The ring of a channel that is in use, as either end sees it: where a position lies in memory.
//
//     Ring ring(sender_part, number, start);
//     auto* record = reinterpret_cast<Record*>(ring.at(position));
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/os/memory.hpp>

#include <optional>

namespace pactor::mail {

class Ring {
 public:
  Ring() = default;
  // `start`: the position of its first byte.
  Ring(const os::Mapping& sender_part, std::uint32_t number, std::uint64_t start)
      : begin_(sender_part.begin() + kRingsOffset + ring_offset(number)),
        bytes_(ring_bytes(number)),
        start_(start),
        number_(number) {}

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t start() const noexcept { return start_; }
  [[nodiscard]] std::byte* begin() const noexcept { return begin_; }

  [[nodiscard]] std::byte* at(std::uint64_t position) const noexcept {
    return begin_ + offset(position);
  }
  [[nodiscard]] std::uint64_t until_end(std::uint64_t position) const noexcept {
    return bytes_ - offset(position);
  }
  [[nodiscard]] Record& record(std::uint64_t position) const noexcept {
    return *reinterpret_cast<Record*>(at(position));
  }

 private:
  [[nodiscard]] std::uint64_t offset(std::uint64_t position) const noexcept {
    return (position - start_) & (bytes_ - 1);  // a power of two
  }

  std::byte* begin_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::uint64_t start_ = 0;
  std::uint32_t number_ = 0;
};

// The ring in which a place lies that the receiver has written; nothing if no sane receiver has written
// that, whose memory is damaged.
[[nodiscard]] inline std::optional<Ring> ring_of(std::uint64_t place,
                                                 const os::Mapping& sender_part,
                                                 const ChannelTerms& terms,
                                                 const ReceiverPage& page) noexcept {
  const std::uint32_t number = place_ring(place);
  if (number >= terms.rings) return std::nullopt;
  const std::uint64_t start = read_once(page.ring_starts[number]);
  const std::uint64_t position = place_position(place);
  if (position % sizeof(Word64) != 0 || start % sizeof(Word64) != 0 || start > position) {
    return std::nullopt;
  }
  return Ring(sender_part, number, start);
}

}  // namespace pactor::mail
