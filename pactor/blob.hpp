// Blob: bytes in shared memory that a receiver reads in place.
//
//     class Screen { public: void show(pactor::Blob frame) { draw(frame.as<Pixel>()); } };
//
//     pactor::Blob frame(3840 * 2160 * sizeof(Pixel));
//     for (;;) {
//       fill(frame.writable_as<Pixel>());
//       screen->show(frame);            // its bytes are not copied
//     }
//
// Whoever makes a blob fills it; whoever it is sent to reads it, and may send it on. As an argument, a result, and in
// containers and structs of them; a message carries at most 63. It may be sent any number of times. What has been sent
// must not be written any more through what an earlier writable_bytes() returned: a reader would see it, which is the
// one way in which an actor's memory can change under it. So call it again before each time that you fill a blob: it is
// other memory then, if the earlier is still being read.
//
// Its memory goes when the blob is gone, here and at all readers and from all messages on their way: by destructor, or
// by the end of their processes, whatever ended them. A reader's addresses stay valid as long as its blob.
//
// The bytes of a blob on its way count for the bound of the mailbox that it goes to (MailboxOptions::bytes), as the
// bytes of a message do. Each costs its maker, each reader, and pactor while it is on its way, a file descriptor.
//
// A copy is the same bytes. One thread at a time for each Blob. In a forked child its bytes are not there.
#pragma once

#include <pactor/runtime/blob_memory.hpp>
#include <pactor/wire/codec.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace pactor {

// Bytes in shared memory, which a receiver reads in place.
class Blob {
 public:
  // Empty.
  Blob() noexcept = default;
  // Zeros. Throws Error if memory or descriptors are short. Of no bytes: empty.
  explicit Blob(std::size_t bytes);
  // The same bytes.
  Blob(const Blob& other) noexcept : made_(other.made_), read_(other.read_) {}
  // The other one is empty then.
  Blob(Blob&& other) noexcept = default;
  // The same bytes.
  Blob& operator=(const Blob& other) noexcept { return *this = Blob(other); }
  // The other one is empty then.
  Blob& operator=(Blob&& other) noexcept = default;
  ~Blob() = default;

  // In bytes.
  [[nodiscard]] std::size_t size() const noexcept { return bytes().size(); }
  // Whether it has none.
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  // To be read. They begin at a page.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept;
  // To be filled. Once a blob has been sent or copied these are undefined bytes, all of which want to be filled: what
  // was sent stays what it is as long as somebody reads it. Throws Error if memory or descriptors are short, or this
  // blob was received.
  [[nodiscard]] std::span<std::byte> writable_bytes();

  // bytes(), as so many T as there is room for.
  template <class T>
  [[nodiscard]] std::span<const T> as() const noexcept;
  // writable_bytes(), likewise.
  template <class T>
  [[nodiscard]] std::span<T> writable_as();

 private:
  friend struct wire::Family<Blob>;

  explicit Blob(std::unique_ptr<runtime::ReadBlob> read) : read_(std::move(read)) {}
  [[nodiscard]] runtime::LentBlob lend() const;
  [[nodiscard]] static Blob open(const runtime::LentBlob& lent);

  // One of these, or none.
  runtime::MadeBlobPtr made_;
  std::shared_ptr<const runtime::ReadBlob> read_;
  // What it was before, and was still being read then. Not a copy's.
  std::vector<runtime::MadeBlobPtr> earlier_;
};

// ---- How it travels --------------------------------------------------------------------------

namespace wire {

template <>
struct Family<Blob> {
  using Parts = TypeList<>;

  static void encode(Encoder& encoder, const Blob& blob);
  static Blob decode(Decoder& decoder);
};

}  // namespace wire

template <class T>
std::span<const T> Blob::as() const noexcept {
  static_assert(std::is_trivially_copyable_v<T>,
                "pactor: a blob holds bytes; this type has more to it");
  return {reinterpret_cast<const T*>(bytes().data()), size() / sizeof(T)};
}

template <class T>
std::span<T> Blob::writable_as() {
  static_assert(std::is_trivially_copyable_v<T>,
                "pactor: a blob holds bytes; this type has more to it");
  const std::span<std::byte> all = writable_bytes();
  return {reinterpret_cast<T*>(all.data()), all.size() / sizeof(T)};
}

}  // namespace pactor
