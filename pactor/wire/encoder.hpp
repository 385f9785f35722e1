// Collects the bytes of one message.
//
//     pactor::wire::Encoder encoder;
//     pactor::wire::encode(encoder, std::string("disk"));
//     pactor::wire::encode(encoder, 42);
//     remote->tell(id, "update_status", encoder);
//
// Values are laid down in the machine's own representation, unaligned and one after another: both
// ends run on the same machine, and a record must be small rather than pretty.
//
// Most messages fit the inline buffer, so that encoding one allocates nothing and is, for a scalar,
// one comparison and one store. Of a long string, or vector of numbers, an encoder that borrows notes only where it lies:
// then it is copied once, to where the message goes. File descriptors travel beside the bytes, which hold their
// numbers. An encoder belongs to one thread; view() is valid until the next change.
#pragma once

#include <pactor/error.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/fd.hpp>
#include <pactor/os/large_block.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pactor::wire {

// Bytes of a message that lie with their owner still.
struct Borrowed {
  std::size_t position;  // so many of the encoder's own bytes come before
  std::span<const std::byte> bytes;
};

class Encoder {
 public:
  static constexpr std::size_t kInlineBytes = 2048;
  // Shorter ones are copied as quickly as they are noted.
  static constexpr std::size_t kLeastBorrowed = 32 * 1024;

  struct Borrowing {};

  // Copies what it is given.
  Encoder();
  // The values to be encoded stay as they are until the message has been sent.
  explicit Encoder(Borrowing);
  Encoder(const Encoder&) = delete;  // next_ points into the object itself
  Encoder& operator=(const Encoder&) = delete;

  // Appends `count` bytes from `from`, which may be null if `count` is 0.
  void bytes(const void* from, std::size_t count) {
    if (!has_room(count)) [[unlikely]] {
      grow(count);
    }
    if (count != 0) {  // memcpy forbids null even for nothing; folds away where count is a constant
      std::memcpy(next_, from, count);
    }
    next_ += count;
  }

  // The same of what is a part of the values to be encoded. It may be borrowed, and must stand behind its length: an
  // element of which the encoder has no bytes of its own passes for an empty one (encode_each() in range.hpp).
  void elements(const void* from, std::size_t count) {
    if (!has_room(count)) [[unlikely]] {
      return elements_beyond_room(from, count);
    }
    bytes(from, count);
  }

  // Appends the number of elements that follow. Throws Error if it does not fit 32 bits.
  void length(std::size_t count) {
    if (count > std::numeric_limits<std::uint32_t>::max()) [[unlikely]] {
      refuse_length(count);
    }
    const auto prefix = static_cast<std::uint32_t>(count);
    bytes(&prefix, sizeof prefix);
  }

  // Takes a duplicate of `descriptor` along, which is the encoder's own: a result is gone before its
  // message is sent. Returns its number, for Decoder::take_descriptor(). Throws Error.
  std::uint32_t attach(int descriptor);
  // The same of one that is given away. `bytes`: what it stands for, beside the message's own bytes, fills a mailbox.
  std::uint32_t attach(os::Fd&& descriptor, std::uint64_t bytes);
  [[nodiscard]] std::span<const os::Fd> descriptors() const {
    if (more_ == nullptr) [[likely]] {
      return {};
    }
    return more_->descriptors;
  }

  // What its descriptors stand for, as attach() was told.
  [[nodiscard]] std::uint64_t attached_bytes() const {
    return more_ == nullptr ? 0 : more_->attached_bytes;
  }

  // Whether all of the message is in own().
  [[nodiscard]] bool plain() const { return more_ == nullptr; }

  // In the order of their positions.
  [[nodiscard]] std::span<const Borrowed> borrowed() const {
    if (more_ == nullptr) [[likely]] {
      return {};
    }
    return more_->borrowed;
  }

  // What it holds itself: without what is borrowed.
  [[nodiscard]] std::size_t own_size() const { return static_cast<std::size_t>(next_ - begin_); }
  [[nodiscard]] std::span<const std::byte> own() const { return {begin_, own_size()}; }
  // The whole message, of an encoder that does not borrow.
  [[nodiscard]] std::span<const std::byte> view() const {
    PACTOR_CHECK(borrowed().empty());
    return own();
  }

  // Forgets the content and keeps the room, for the next message.
  void clear() {
    next_ = begin_;
    if (more_ == nullptr) return;
    more_->borrowed.clear();
    more_->descriptors.clear();
    more_->attached_bytes = 0;
  }

 private:
  friend class Nesting;
  friend class Copying;

  // What few messages need. One pointer away, so that the others have one thing to check when they go.
  struct More {
    More() = default;
    More(const More&) = delete;
    More& operator=(const More&) = delete;
    ~More() { std::free(heap); }  // NOLINT: see grow()

    std::byte* heap = nullptr;  // in use instead of inline_ once that was too small
    std::vector<Borrowed> borrowed;
    std::vector<os::Fd> descriptors;
    std::uint64_t attached_bytes = 0;
  };

  [[nodiscard]] bool has_room(std::size_t count) const {
    return count <= static_cast<std::size_t>(end_ - next_);
  }
  More& more();
  void grow(std::size_t count);
  void elements_beyond_room(const void* from, std::size_t count);
  [[noreturn]] static void refuse_length(std::size_t count);

  // Left uninitialised on purpose: every byte of it is written before it is read.
  std::array<std::byte, kInlineBytes> inline_;
  std::unique_ptr<More> more_;
  std::byte* begin_ = inline_.data();
  std::byte* next_ = begin_;
  std::byte* end_ = begin_ + kInlineBytes;
  std::uint32_t borrows_ = 0;  // as wide as its neighbour, so that one store sets both
  std::uint32_t depth_ = 0;    // see nesting.hpp
};

// While this lives, its encoder copies: what is encoded is made for that and goes at once.
class [[nodiscard]] Copying {
 public:
  explicit Copying(Encoder& encoder)
      : encoder_(encoder), borrows_before_(std::exchange(encoder.borrows_, 0)) {}
  ~Copying() { encoder_.borrows_ = borrows_before_; }
  Copying(const Copying&) = delete;
  Copying& operator=(const Copying&) = delete;

 private:
  Encoder& encoder_;
  const std::uint32_t borrows_before_;
};

// ---------------------------------------------------------------------------------------------

// Defaulted here and not above, where it would have Encoder{} fill the inline buffer with zeros.
inline Encoder::Encoder() = default;
inline Encoder::Encoder(Borrowing) : borrows_(1) {}

// Out of line, so that bytes() stays small where it is inlined.
[[gnu::noinline, gnu::cold]] inline void Encoder::grow(std::size_t count) {
  const std::size_t used = own_size();
  const std::size_t needed = used + count;
  const std::size_t doubled = 2 * static_cast<std::size_t>(end_ - begin_);
  const std::size_t capacity = needed > doubled ? needed : doubled;

  // realloc, for the C library moves the pages of large blocks, and not the bytes.
  std::byte*& heap = more().heap;
  const bool was_inline = heap == nullptr;
  auto* larger = static_cast<std::byte*>(std::realloc(heap, capacity));  // NOLINT: owned by More
  if (larger == nullptr) throw std::bad_alloc();
  os::will_be_filled(larger + used, capacity - used);
  if (was_inline) std::memcpy(larger, begin_, used);
  begin_ = heap = larger;
  next_ = begin_ + used;
  end_ = begin_ + capacity;
}

[[gnu::noinline, gnu::cold]] inline void Encoder::elements_beyond_room(const void* from,
                                                                       std::size_t count) {
  if (borrows_ == 0 || count < kLeastBorrowed) return bytes(from, count);
  more().borrowed.push_back({own_size(), {static_cast<const std::byte*>(from), count}});
}

[[gnu::noinline, gnu::cold]] inline Encoder::More& Encoder::more() {
  if (more_ == nullptr) more_ = std::make_unique<More>();
  return *more_;
}

[[gnu::noinline, gnu::cold]] inline std::uint32_t Encoder::attach(int descriptor) {
  os::Fd own = os::duplicate(descriptor);
  if (!own) os::fail("cannot send file descriptor " + std::to_string(descriptor));
  return attach(std::move(own), 0);
}

[[gnu::noinline, gnu::cold]] inline std::uint32_t Encoder::attach(os::Fd&& descriptor,
                                                                  std::uint64_t bytes) {
  std::vector<os::Fd>& all = more().descriptors;
  all.push_back(std::move(descriptor));
  more_->attached_bytes += bytes;
  return static_cast<std::uint32_t>(all.size() - 1);
}

[[gnu::noinline, gnu::cold]] inline void Encoder::refuse_length(std::size_t count) {
  throw Error("a container of " + std::to_string(count) +
              " elements is too long for a message (at most 4294967295); send it in parts");
}

}  // namespace pactor::wire

namespace pactor {
using wire::Encoder;  // what a codec<T> writes to
}  // namespace pactor
