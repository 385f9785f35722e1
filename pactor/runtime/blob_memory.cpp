#include <pactor/runtime/blob_memory.hpp>

#include <pactor/error.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/retry.hpp>
#include <pactor/os/uses.hpp>
#include <pactor/runtime/runtime.hpp>
#include <pactor/wire/decoder.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace pactor::runtime {

namespace {

// Mapped, and not read just now.
constexpr std::size_t kMostIdle = 16;
constexpr std::size_t kMostIdleBytes = std::size_t{256} << 20;

os::Fd open_for_reading(const os::Fd& memory) {
  os::Fd own = os::reopen(memory, os::Access::read);
  if (!own || !os::begin_use(own, os::Use::reading)) os::fail("cannot open the memory of a blob");
  return own;
}

}  // namespace

// ---- The maker's ---------------------------------------------------------------------------------

MadeBlob::MadeBlob(std::size_t bytes)
    : runtime_(Runtime::here()),
      bytes_(bytes),
      name_{.maker = runtime_.id(), .number = runtime_.stamper().next()},
      memory_(os::create_shared_memory("pactor-blob", bytes)) {
  os::reserve_pages(memory_, 0, bytes);
  mapping_ = os::Mapping(memory_, 0, bytes, os::Access::read_write);
  if (!os::begin_use(memory_, os::Use::making)) os::fail("cannot make a blob");
}

MadeBlob::~MadeBlob() {
  if (!usable()) {
    mapping_.abandon();
    return;
  }
  os::end_use(memory_, os::Use::making);
  if (!kept_) return;  // nobody keeps it mapped without reading it
  if (!lent_out()) os::free_pages(memory_, bytes_);
  try {
    runtime_.keeper().tell(DropBlob{.number = name_.number});
  } catch (const std::exception&) {
    // Then it goes with this process.
  }
}

bool MadeBlob::usable() const noexcept { return runtime_.usable(); }

bool MadeBlob::lent_out() const noexcept { return os::used_elsewhere(memory_, os::Use::reading); }

LentBlob MadeBlob::lend() {
  LentBlob lent{.name = name_, .bytes = bytes_, .memory = open_for_reading(memory_)};
  if (std::exchange(lent_before_, true) && !kept_) be_kept();
  lent.again = kept_;
  return lent;
}

// By an open file of its own, for this one is in use by its maker.
void MadeBlob::be_kept() {
  const os::Fd memory = os::reopen(memory_);
  const int number = memory.get();
  kept_ = memory && runtime_.keeper().tell(KeepBlob{.number = name_.number}, std::span(&number, 1));
}

// ---- The readers' --------------------------------------------------------------------------------

ReadBlob::~ReadBlob() {
  if (open_ != nullptr && runtime_.usable()) runtime_.blobs().let_go(*open_);
}

LentBlob ReadBlob::lend() const {
  return {.name = open_->key.first,
          .bytes = bytes_,
          .again = open_->again,
          .memory = open_for_reading(open_->memory)};
}

std::unique_ptr<ReadBlob> BlobShelf::open(Runtime& runtime, const LentBlob& lent) {
  const os::Identity identity = os::identify(lent.memory);
  if (lent.bytes == 0 || lent.bytes > identity.bytes) {
    wire::refuse_value("a blob without memory, or with less than it says");
  }
  std::unique_ptr<ReadBlob> read(new ReadBlob(runtime, lent.bytes));
  const std::lock_guard lock(mutex_);
  try {
    OpenBlob& open = os::insist([&]() -> OpenBlob& {
      return find_or_map({lent.name, identity.inode}, lent, identity.bytes);
    });
    open.again |= lent.again;
    ++open.readers;
    read->open_ = &open;
    return read;
  } catch (const Error& error) {
    throw wire::Unreadable(error.what());
  }
}

// In use for reading.
OpenBlob& BlobShelf::find_or_map(const OpenBlob::Key& key, const LentBlob& lent,
                                 std::size_t bytes) {
  if (const auto open = opens_.find(key); open != opens_.end()) {
    if (open->second.readers == 0 && !os::begin_use(open->second.memory, os::Use::reading)) {
      os::fail("cannot open the memory of a blob");
    }
    return open->second;
  }
  os::Fd own = open_for_reading(lent.memory);
  os::Mapping mapping(own, 0, bytes, os::Access::read);
  return opens_.emplace(key, OpenBlob{key, std::move(own), std::move(mapping)}).first->second;
}

void BlobShelf::let_go(OpenBlob& open) noexcept {
  const std::lock_guard lock(mutex_);
  if (--open.readers != 0) return;
  os::end_use(open.memory, os::Use::reading);
  open.turn = ++turn_;
  if (open.again && os::used_elsewhere(open.memory, os::Use::making)) return tidy();
  // Its maker is gone, and it may be mapped elsewhere.
  if (open.again && !os::used_elsewhere(open.memory, os::Use::reading)) {
    if (const os::Fd memory = os::reopen(open.memory)) os::free_pages(memory, open.mapping.bytes());
  }
  opens_.erase(open.key);
}

// Takes away what has not been read for the longest time, and what its maker has given up.
void BlobShelf::tidy() {
  std::size_t idle = 0;
  std::size_t bytes = 0;
  auto oldest = opens_.end();
  for (auto it = opens_.begin(); it != opens_.end();) {
    const OpenBlob& open = it->second;
    if (open.readers == 0 && !os::used_elsewhere(open.memory, os::Use::making)) {
      it = opens_.erase(it);
      continue;
    }
    if (open.readers == 0) {
      ++idle;
      bytes += open.mapping.bytes();
      if (oldest == opens_.end() || open.turn < oldest->second.turn) oldest = it;
    }
    ++it;
  }
  if (idle > kMostIdle || (idle > 1 && bytes > kMostIdleBytes)) opens_.erase(oldest);
}

}  // namespace pactor::runtime
