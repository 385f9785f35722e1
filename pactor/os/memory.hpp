// Memory that several processes share: a sealed memfd, and a mapping of a part of it.
//
//     Fd memory = create_shared_memory("pactor-mailbox", 8192);
//     Mapping page(memory, 0, 4096, Access::read_write);
//     auto* doorbell = page.as<mail::Doorbell>();
//
// The memory has no name in any file system; it is gone with the last descriptor and mapping. It is
// sealed against resizing, so that no process can make another one's access fault (SIGBUS).
// Mappings are not inherited by fork: a forked child must not speak with its parent's voice.
#pragma once

#include <pactor/os/fd.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace pactor::os {

// Zero-filled memory of `bytes`; pages are allocated when first touched. Throws pactor::Error.
[[nodiscard]] Fd create_shared_memory(const char* name, std::size_t bytes);

// Allocates the pages of [offset, offset + bytes), so that touching them cannot fail any more: where the kernel
// has no page to give, who touches shared memory gets a SIGBUS. Throws pactor::Error then.
void reserve_pages(const Fd& memory, std::size_t offset, std::size_t bytes);

// Gives these pages back to the machine, whoever maps them: there are zeros in their place.
void free_pages(const Fd& memory, std::size_t bytes) noexcept;

// Writes there without a mapping, and so reserves the pages. Throws as reserve_pages() does.
void write_bytes(const Fd& memory, std::size_t offset, std::span<const std::byte> bytes);

enum class Access { read, read_write };

// The same memory by an open file of the caller's own, close-on-exec; see CloseWatch, and uses.hpp. Empty, and errno
// says why, if there are too many or there is no /proc.
[[nodiscard]] Fd reopen(const Fd& memory, Access access = Access::read_write) noexcept;

struct Identity {
  std::uint64_t inode = 0;
  std::size_t bytes = 0;
};
// Which memory a descriptor means, and how long that is: 0 if it could be made shorter, so that touching it might be a
// SIGBUS. Then it is not from create_shared_memory().
[[nodiscard]] Identity identify(const Fd& memory) noexcept;

class Mapping {
 public:
  Mapping() = default;
  // Maps [offset, offset + bytes) of `memory`, both multiples of the page size. Throws pactor::Error.
  Mapping(const Fd& memory, std::size_t offset, std::size_t bytes, Access access);
  Mapping(Mapping&& other) noexcept
      : begin_(std::exchange(other.begin_, nullptr)),
        bytes_(std::exchange(other.bytes_, 0)),
        access_(other.access_) {}
  Mapping& operator=(Mapping&& other) noexcept;
  ~Mapping();

  explicit operator bool() const noexcept { return begin_ != nullptr; }
  [[nodiscard]] std::byte* begin() const noexcept { return static_cast<std::byte*>(begin_); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  // Leaves it as it is, for good: it is not this process's to unmap.
  void abandon() noexcept { begin_ = nullptr; }

  // As reserve_pages(). Before Linux 5.14 it does nothing, and the pages come when they are touched.
  void reserve_pages(std::size_t offset, std::size_t bytes) const;

  // The object at `offset`. Shared structs are trivially copyable, and zero is a valid state of each.
  template <class T>
  [[nodiscard]] T* as(std::size_t offset = 0) const noexcept {
    return reinterpret_cast<T*>(begin() + offset);
  }

 private:
  void* begin_ = nullptr;
  std::size_t bytes_ = 0;
  Access access_ = Access::read;
};

}  // namespace pactor::os
