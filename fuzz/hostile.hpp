// What the targets of the transport share: one end that writes into shared memory what it likes, and the
// other's allies, whose messages have to arrive all the same.
#pragma once

#include "input.hpp"

#include <pactor/os/failure.hpp>

#include "tests/mail_pair.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <initializer_list>
#include <span>
#include <vector>

namespace pactor::fuzz {

using mail::Kind;
using Memory = std::span<std::byte>;

// Few rings, so that all of them are used; or enough for the ones that are left again.
inline MailboxOptions small_mailbox(bool smallest) {
  return {.bytes = smallest ? std::size_t{64} << 10 : std::size_t{1} << 20, .when_full = {}};
}

template <class T>
Memory memory_of(T& object) {
  return {reinterpret_cast<std::byte*>(&object), sizeof object};
}

// How far the honest sender of a receiver has come, for who looks on from another process.
struct Witness {
  std::atomic<std::uint64_t> sent, taken;
};
inline Witness of_this_process;
inline Witness* witness = &of_this_process;

// Writes a word, or a few bytes, somewhere into one of these.
inline void poke(Input& input, std::initializer_list<Memory> places) {
  const Memory place = places.begin()[input.below(places.size())];
  if (input.below(4) != 0) {
    const std::size_t word = input.number<std::uint32_t>() % (place.size() / sizeof(std::uint64_t));
    const std::uint64_t value = input.word();
    std::memcpy(place.data() + word * sizeof value, &value, sizeof value);
  } else {
    const std::size_t at = input.number<std::uint32_t>() % place.size();
    const std::size_t count = std::min(1 + input.below(64), place.size() - at);
    for (std::byte& each : place.subspan(at, count)) each = input.number<std::byte>();
  }
}

inline std::uint64_t clock_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

// Of what a faulty sender says of its time: early, late, far too late.
inline std::uint64_t stamp(Input& input) {
  const auto near = static_cast<std::uint64_t>(std::int64_t{input.number<std::int16_t>()});
  switch (input.below(5)) {
    case 0:
      return clock_ns() + near;
    case 1:
      return clock_ns() + 1'000'000'000 + near;
    case 2:
      return (1ULL << 63) + near;
    default:
      return input.word();
  }
}

// Nobody's clock follows it there: two seconds ahead is more than anybody is who has been told no lies.
inline void check_clock(const mail::Stamper& stamper) {
  PACTOR_CHECK(stamper.last() < clock_ns() + 2'000'000'000);
}

// Looks at each byte, as a decoder would; not in a loop of ours, which would be followed step by step.
inline void touch(std::span<const std::byte> bytes) {
  static std::array<std::byte, 64 * 1024> seen;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), seen.size()))) {
    std::memcpy(seen.data(), bytes.data(), std::min(bytes.size(), seen.size()));
  }
}

// Bytes that tell where they belong; made once.
inline std::span<const std::byte> pattern(std::size_t size, std::size_t seed = 0) {
  static const std::vector<std::byte> all = mail::bytes(128 * 1024);
  return std::span(all).subspan(seed * 7 % 1000, size);
}

// Where the next record of a sender belongs, as far as what it has written makes sense.
inline mail::Record& end_of_records(const mail::ChannelMemory& memory) {
  const std::uint64_t taken = memory.receiver_page().taken.load();
  const mail::ChannelTerms terms = mail::read_terms(memory.receiver_page());
  mail::Ring ring = mail::ring_of(taken, memory.sender, terms, memory.receiver_page())
                        .value();  // nobody's to damage
  std::uint64_t position = mail::place_position(taken);
  for (int left = 1000; left != 0; --left) {
    const std::uint64_t header = ring.record(position).header.load();
    const std::uint64_t bytes = mail::padded(mail::header_bytes(header));
    if (bytes == 0 || bytes > ring.until_end(position)) break;
    position += bytes;
    if (mail::header_kind(header) != Kind::move) continue;
    if (mail::header_slot(header) >= terms.rings) break;
    ring = mail::Ring(memory.sender, mail::header_slot(header), position);
  }
  if (ring.until_end(position) < sizeof(mail::Record)) position += ring.until_end(position);
  return ring.record(position);
}

}  // namespace pactor::fuzz
