// What a message or an answer carries: bytes, and perhaps descriptors that wait at the depot.
#pragma once

#include <pactor/mail/depot.hpp>

#include <cstddef>
#include <ranges>
#include <span>

namespace pactor::mail {

// Refers to the bytes; a parameter, not to be kept.
struct Payload {
  Payload() = default;
  template <std::ranges::contiguous_range Bytes>
  Payload(const Bytes& from, Ticket with = 0)
      : bytes(from), descriptors(with) {}  // NOLINT: implicit

  std::span<const std::byte> bytes;
  Ticket descriptors = 0;
};

}  // namespace pactor::mail
