// The memory of a Blob, in the process that made it and in those that read it.
//
//     MadeBlob made(bytes);                       // …fill it…
//     LentBlob lent = made.lend();                // goes into a message
//     ReadBlob read = shelf.open(lent);           // there: mapped, not copied
//     if (!made.lent_out()) …nobody reads it any more: fill it anew…
//
// Who reads it the kernel counts (os/uses.hpp): a descriptor on its way, and whoever has the memory open. So the death
// of any of them, at any moment, is seen, and nobody keeps books that a death could falsify.
//
// To map memory costs as much as to read it. So memory that is lent again and again stays mapped in its readers between
// two times: each process has a shelf for that. Such a mapping keeps nothing alive: when the maker gives the memory up,
// or dies (then the keeper notices, see keeper_blobs.hpp), and nobody reads it, its pages are freed under the mapping.
// Whoever was still reading then frees them when it has done. Each first ends its own use and then looks for others',
// so of two that end at the same time one at least sees neither.
#pragma once

#include <pactor/os/fd.hpp>
#include <pactor/os/memory.hpp>
#include <pactor/runtime/actor_id.hpp>

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace pactor::runtime {

class Runtime;

// Which memory it is. The number is the maker's stamp: no process of the maker gives it twice.
struct BlobName {
  ActorId maker = kNobody;
  std::uint64_t number = 0;
  friend auto operator<=>(const BlobName&, const BlobName&) = default;
};

// Memory to read, on its way. While the descriptor is open anywhere, it counts as read.
struct LentBlob {
  BlobName name;
  std::uint64_t bytes = 0;
  bool again = false;  // it has been lent before, and will be again: worth keeping mapped
  os::Fd memory = {};
};

// The maker's. Held by MadeBlobPtr; one thread at a time, but for those.
class MadeBlob {
 public:
  // Its pages are there: touching them is no SIGBUS. Throws Error if memory or descriptors are short.
  explicit MadeBlob(std::size_t bytes);
  MadeBlob(const MadeBlob&) = delete;
  MadeBlob& operator=(const MadeBlob&) = delete;
  ~MadeBlob();

  [[nodiscard]] std::byte* begin() const noexcept { return mapping_.begin(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  // Throws Error if descriptors are short.
  [[nodiscard]] LentBlob lend();
  // Whether anybody reads it, or is about to.
  [[nodiscard]] bool lent_out() const noexcept;
  // False in a forked child, where the memory is not.
  [[nodiscard]] bool usable() const noexcept;

 private:
  friend class MadeBlobPtr;

  void be_kept();

  Runtime& runtime_;
  const std::size_t bytes_;
  BlobName name_;
  os::Fd memory_;
  os::Mapping mapping_;
  bool lent_before_ = false;
  bool kept_ = false;  // by the keeper, who frees it should this process die
  std::atomic<std::size_t> holders_{0};
};

// Shares one. What std::shared_ptr cannot say: that there is no other holder any more, and that what others have read
// happened before one learnt that.
class MadeBlobPtr {
 public:
  MadeBlobPtr() = default;
  explicit MadeBlobPtr(std::unique_ptr<MadeBlob> blob) noexcept : blob_(blob.release()) { hold(); }
  MadeBlobPtr(const MadeBlobPtr& other) noexcept : blob_(other.blob_) { hold(); }
  MadeBlobPtr(MadeBlobPtr&& other) noexcept : blob_(std::exchange(other.blob_, nullptr)) {}
  MadeBlobPtr& operator=(MadeBlobPtr other) noexcept {
    std::swap(blob_, other.blob_);
    return *this;
  }
  ~MadeBlobPtr() {
    if (blob_ != nullptr && blob_->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete blob_;  // NOLINT: see hold()
  }

  explicit operator bool() const noexcept { return blob_ != nullptr; }
  MadeBlob* operator->() const noexcept { return blob_; }
  // Whether nobody else holds it in this process, nor reads it in another.
  [[nodiscard]] bool only() const noexcept {
    return blob_->holders_.load(std::memory_order_acquire) == 1 && !blob_->lent_out();
  }

 private:
  void hold() noexcept {
    if (blob_ != nullptr) blob_->holders_.fetch_add(1, std::memory_order_relaxed);
  }

  MadeBlob* blob_ = nullptr;
};

// Memory that this process has mapped to read.
struct OpenBlob {
  // The inode, should a name be a lie.
  using Key = std::pair<BlobName, std::uint64_t>;

  Key key;
  os::Fd memory;  // an open file of its own, for the mapping lasts longer than its use
  os::Mapping mapping;
  std::size_t readers = 0;  // 0: it is kept for the next time
  bool again = false;
  std::uint64_t turn = 0;  // since when
};

// A reader's. Any number of them, of one memory too; one thread at a time for each.
class ReadBlob {
 public:
  ReadBlob(const ReadBlob&) = delete;
  ReadBlob& operator=(const ReadBlob&) = delete;
  ~ReadBlob();

  [[nodiscard]] const std::byte* begin() const noexcept { return open_->mapping.begin(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  // Throws Error if descriptors are short.
  [[nodiscard]] LentBlob lend() const;

 private:
  friend class BlobShelf;
  ReadBlob(Runtime& runtime, std::size_t bytes) : runtime_(runtime), bytes_(bytes) {}

  Runtime& runtime_;
  OpenBlob* open_ = nullptr;  // set once
  const std::size_t bytes_;
};

// What this process reads, or has lately read, of others' blobs. Any thread.
class BlobShelf {
 public:
  // Throws BadMessage if there is less memory than it says, wire::Unreadable if this process cannot map it.
  [[nodiscard]] std::unique_ptr<ReadBlob> open(Runtime& runtime, const LentBlob& lent);

 private:
  friend class ReadBlob;

  OpenBlob& find_or_map(const OpenBlob::Key& key, const LentBlob& lent, std::size_t bytes);
  void let_go(OpenBlob& open) noexcept;
  void tidy();

  std::mutex mutex_;  // guards the following
  std::map<OpenBlob::Key, OpenBlob> opens_;
  std::uint64_t turn_ = 0;
};

}  // namespace pactor::runtime
