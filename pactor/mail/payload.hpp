// What a message or an answer carries: bytes, and perhaps descriptors that wait at the depot, and stand for more.
#pragma once

#include <pactor/mail/depot.hpp>

#include <cstddef>
#include <cstdint>
#include <ranges>
#include <span>

namespace pactor::mail {

// Refers to the bytes; a parameter, not to be kept.
struct Payload {
  Payload() = default;
  template <std::ranges::contiguous_range Bytes>
  Payload(const Bytes& from, Ticket with = 0, std::uint64_t beside = 0)
      : bytes(from), descriptors(with), attached_bytes(beside) {}  // NOLINT: implicit

  std::span<const std::byte> bytes;
  Ticket descriptors = 0;
  std::uint64_t attached_bytes = 0;  // of a tell or an ask: they fill the mailbox, too
};

}  // namespace pactor::mail
