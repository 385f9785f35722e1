#include <pactor/mail/walk.hpp>

#include <cstddef>
#include <cstring>

namespace pactor::mail {

Walk::Walk(const os::Mapping& sender_part, const ChannelTerms& terms, const ReceiverPage& page,
           std::uint64_t place) noexcept
    : sender_part_(sender_part),
      rings_(terms.rings),
      entered_(place_position(place)),
      position_(entered_) {
  if (const auto ring = ring_of(place, sender_part, terms, page)) {
    ring_ = *ring;
  } else {
    lost_ = true;  // a wild write may have been what the process died of
  }
}

bool Walk::step() noexcept {
  if (lost_) return false;
  const Record& record = ring_.record(position_);
  // Pairs with the commit: the record behind this header is whole.
  const std::uint64_t header = record.header.load(std::memory_order_acquire);
  const Kind kind = header_kind(header);
  const std::uint64_t bytes = padded(header_bytes(header));
  const std::uint64_t least = kind == Kind::skip ? sizeof(Word64) : sizeof(Record);
  if (bytes < least || bytes > ring_.until_end(position_)) return false;
  // A sane sender leaves room for the word that ends the records: nobody comes to where he was before.
  const std::uint64_t walked = position_ + bytes - entered_;
  if (walked + sizeof(Word64) > ring_.bytes()) return false;
  switch (kind) {
    case Kind::tell:
    case Kind::ask:
    case Kind::close:
    case Kind::skip:
      break;
    case Kind::move:
      // A ring is not used again before what it held has been read: no more moves than rings.
      if (header_slot(header) >= rings_ || ++moves_ > rings_) return false;
      entered_ = position_ + bytes;
      ring_ = Ring(sender_part_, header_slot(header), entered_);
      break;
    default:
      return false;
  }
  position_ += bytes;
  header_ = header;
  record_ = &record;
  return true;
}

std::uint64_t Walk::ask_number() const noexcept {
  std::uint64_t number = 0;
  if (header_bytes(header_) >= sizeof(Record) + sizeof number) {
    std::memcpy(&number, reinterpret_cast<const std::byte*>(record_) + sizeof(Record),
                sizeof number);
  }
  return number;
}

}  // namespace pactor::mail
