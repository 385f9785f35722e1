// What a message or an answer carries: bytes, and perhaps descriptors that wait at the depot, and stand for more.
#pragma once

#include <pactor/mail/depot.hpp>
#include <pactor/wire/encoder.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ranges>
#include <span>

namespace pactor::mail {

// Refers to the bytes; a parameter, not to be kept.
class Payload {
 public:
  Payload() = default;
  template <std::ranges::contiguous_range Bytes>
  Payload(const Bytes& from, Ticket with = 0, std::uint64_t beside = 0)  // NOLINT: implicit
      : descriptors(with),
        attached_bytes(beside),
        begin_(std::span<const std::byte>(from).data()),
        size_(std::size(from)) {}
  // A message that may be in pieces.
  Payload(const wire::Encoder& from, Ticket with = 0, std::uint64_t beside = 0)  // NOLINT: implicit
      : Payload(from.own(), with, beside) {
    if (from.borrowed().empty()) return;
    in_pieces_ = &from;
    for (const wire::Borrowed& piece : from.borrowed()) size_ += piece.bytes.size();
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // All of it, in order.
  void copy_to(std::byte* to) const noexcept {
    if (in_pieces_ != nullptr) [[unlikely]] {
      return copy_pieces_to(to);
    }
    if (size_ != 0) std::memcpy(to, begin_, size_);
  }

  Ticket descriptors = 0;
  std::uint64_t attached_bytes = 0;  // of a tell or an ask: they fill the mailbox, too

 private:
  void copy_pieces_to(std::byte* to) const noexcept;

  const std::byte* begin_ = nullptr;
  std::size_t size_ = 0;
  const wire::Encoder* in_pieces_ = nullptr;
};

// ---------------------------------------------------------------------------------------------

[[gnu::noinline, gnu::cold]] inline void Payload::copy_pieces_to(std::byte* to) const noexcept {
  const auto append = [&to](std::span<const std::byte> bytes) {
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    to += bytes.size();
  };
  const std::span<const std::byte> own = in_pieces_->own();
  std::size_t copied = 0;
  for (const wire::Borrowed& piece : in_pieces_->borrowed()) {
    append(own.subspan(copied, piece.position - copied));
    append(piece.bytes);
    copied = piece.position;
  }
  append(own.subspan(copied));
}

}  // namespace pactor::mail
