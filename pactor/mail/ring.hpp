// The ring of a channel that is in use, as either end sees it: where a position lies in memory.
//
//     Ring ring(sender_part, number, start);
//     auto* record = reinterpret_cast<Record*>(ring.at(position));
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/os/memory.hpp>

#include <algorithm>
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

  // For a sender: has the lines of the cache come over that it will write soon, a little behind a record of `bytes` at
  // `position`, where its receiver does not look yet. Each commit waits until the lines before it are here.
  void fetch_ahead(std::uint64_t position, std::uint64_t bytes) const noexcept {
    const std::uint64_t some = std::min(bytes, kMostFetched);
    std::uint64_t line = position + std::max(some, kLeastAhead);
    for (const std::uint64_t end = line + some; line < end; line += kLineBytes) {
      fetch_for_writing(at(line));
    }
  }

  // For a receiver: the same with the rest of a record that is long, of which it is going to read all.
  void fetch_rest(std::uint64_t position, std::uint64_t bytes) const noexcept {
    const std::uint64_t end = position + std::min(bytes, kMostFetched);
    for (std::uint64_t line = position + 2 * kLineBytes; line < end; line += kLineBytes) {
      __builtin_prefetch(at(line));
    }
  }

 private:
  static constexpr std::uint64_t kLeastAhead = 4 * kLineBytes;
  static constexpr std::uint64_t kMostFetched = 16 * kLineBytes;

  // A processor that does not know how passes over it; none ever faults. By name, for without -mprfchw a
  // compiler would fetch it for reading.
  static void fetch_for_writing(const std::byte* line) noexcept {
#if defined(__x86_64__)
    asm volatile("prefetchw %0" : : "m"(*line));
#else
    __builtin_prefetch(line, /*for writing=*/1);
#endif
  }

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
