// An ask on its way, and its answer, as those outside of this folder hold them.
#pragma once

#include <pactor/mail/depot.hpp>
#include <pactor/mail/layout.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pactor::mail {

struct Ask {
  std::uint16_t slot = 0;
  std::uint64_t number = 0;  // never reused in a channel; 0: no ask
};

// For the bytes of a short one.
using AnswerRoom = std::array<std::byte, kInlineReplyBytes>;

struct Answer {
  ReplyStatus status = ReplyStatus::none;
  std::uint64_t stamp = 0;
  std::span<const std::byte> bytes;  // valid until forget()
  Ticket descriptors = 0;            // which go with it; 0: none
  bool unreadable = false;           // this process cannot map its bytes
};

}  // namespace pactor::mail
