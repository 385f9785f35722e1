// A walk over the records of a channel from a place on, for who comes after the process that has read or written
// them: the keeper, and a successor that sends to itself.
//
//     Walk walk(sender_part, terms, page, taken);
//     while (walk.step()) …walk.kind(), walk.position(), walk.ring()…
//
// The sender may be writing them, faulty or not: each header is read once, wherever it leads lies within the rings,
// and every walk comes to an end.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/mail/ring.hpp>
#include <pactor/os/memory.hpp>

#include <cstdint>

namespace pactor::mail {

class Walk {
 public:
  // The sender part stays mapped as long as this lives.
  Walk(const os::Mapping& sender_part, const ChannelTerms& terms, const ReceiverPage& page,
       std::uint64_t place) noexcept;

  // Whether the place is none that a sane receiver has written: nothing is found from there.
  [[nodiscard]] bool lost() const noexcept { return lost_; }

  // Over the next record. False if there is none, or its bytes make no sense.
  bool step() noexcept;
  // The same, and over skips and moves: to behind the next message.
  bool next() noexcept {
    while (step()) {
      if (kind() != Kind::skip && kind() != Kind::move) return true;
    }
    return false;
  }

  // Where it is now: behind a record; behind a move, in the ring that this leads to.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] const Ring& ring() const noexcept { return ring_; }

  // Of the record that it has stepped over.
  [[nodiscard]] Kind kind() const noexcept { return header_kind(header_); }
  [[nodiscard]] std::uint16_t slot() const noexcept { return header_slot(header_); }
  [[nodiscard]] std::uint64_t ask_number() const noexcept;  // 0: there is no room for one

 private:
  const os::Mapping& sender_part_;
  std::uint32_t rings_;  // of the channel
  std::uint32_t moves_ = 0;
  Ring ring_;
  std::uint64_t entered_;  // where it has begun in this ring
  std::uint64_t position_;
  std::uint64_t header_ = 0;
  const Record* record_ = nullptr;
  bool lost_ = false;
};

}  // namespace pactor::mail
