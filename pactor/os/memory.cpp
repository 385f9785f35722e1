#include <pactor/os/memory.hpp>

#include <pactor/os/failure.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>

namespace pactor::os {

namespace {

constexpr std::size_t kPage = 4096;

// What the machine can give without ending somebody for it (the kernel kills rather than refuses);
// without /proc: anything.
std::size_t available_bytes() {
  std::ifstream file("/proc/meminfo");
  std::size_t kib = 0;
  bool found = false;
  for (std::string key, unit; file >> key;) {
    std::size_t value = 0;
    file >> value;
    std::getline(file, unit);
    if (key == "MemAvailable:" || key == "SwapFree:") {
      kib += value;
      found = true;
    }
  }
  return found ? kib * 1024 : std::numeric_limits<std::size_t>::max();
}

[[noreturn]] void refuse_pages(std::size_t bytes, int error) {
  constexpr std::size_t kMuch = std::size_t{1} << 20;
  fail("no room in memory for " + std::to_string(bytes) + " bytes" +
           (bytes >= kMuch ? " at once; send less, or in parts" : ""),
       error);
}

}  // namespace

Fd create_shared_memory(const char* name, std::size_t bytes) {
  // The kernel would end the program (SIGXFSZ) rather than refuse.
  rlimit file_size{};
  if (::getrlimit(RLIMIT_FSIZE, &file_size) == 0 && file_size.rlim_cur < bytes) {
    throw Error("pactor: " + std::to_string(bytes) +
                " bytes of shared memory are wanted, and RLIMIT_FSIZE allows " +
                std::to_string(file_size.rlim_cur) + "; raise that limit");
  }
  Fd memory{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!memory) fail("cannot create shared memory");
  if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) fail("cannot size shared memory");
  if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    fail("cannot seal shared memory");
  }
  return memory;
}

void reserve_pages(const Fd& memory, std::size_t offset, std::size_t bytes) {
  constexpr std::size_t kAskFirst = std::size_t{64} << 20;
  if (bytes >= kAskFirst && bytes > available_bytes()) refuse_pages(bytes, ENOMEM);
  // In parts, for a signal has the kernel begin a part anew.
  constexpr std::size_t kPart = std::size_t{16} << 20;
  for (std::size_t at = 0; at < bytes;) {
    const std::size_t part = std::min(kPart, bytes - at);
    if (::fallocate(memory.get(), 0, static_cast<off_t>(offset + at), static_cast<off_t>(part)) ==
        0) {
      at += part;
    } else if (errno != EINTR) {
      refuse_pages(bytes, errno);
    }
  }
}

void write_bytes(const Fd& memory, std::size_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::size_t>(written);
    } else if (errno != EINTR) {
      refuse_pages(bytes.size(), errno);
    }
  }
}

void free_pages(const Fd& memory, std::size_t bytes) noexcept {
  // Of a page that is not given back as a whole, the kernel keeps the whole.
  const std::size_t whole = (bytes + kPage - 1) / kPage * kPage;
  ::fallocate(memory.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
              static_cast<off_t>(whole));
}

Fd reopen(const Fd& memory, Access access) noexcept {
  std::array<char, 32> path{"/proc/self/fd/"};
  std::to_chars(std::find(path.begin(), path.end(), '\0'), path.end() - 1, memory.get());
  return Fd(::open(path.data(), (access == Access::read ? O_RDONLY : O_RDWR) | O_CLOEXEC));
}

Identity identify(const Fd& memory) noexcept {
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  struct stat status{};
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || ::fstat(memory.get(), &status) != 0) return {};
  return {.inode = status.st_ino, .bytes = static_cast<std::size_t>(status.st_size)};
}

Mapping::Mapping(const Fd& memory, std::size_t offset, std::size_t bytes, Access access) {
  const int protection = access == Access::read ? PROT_READ : PROT_READ | PROT_WRITE;
  void* begin =
      ::mmap(nullptr, bytes, protection, MAP_SHARED, memory.get(), static_cast<off_t>(offset));
  if (begin == MAP_FAILED) fail("cannot map shared memory");
  // valgrind 3.19 and other emulators may not know the advice; handles check for a fork themselves.
  ::madvise(begin, bytes, MADV_DONTFORK);
  ::madvise(begin, bytes, MADV_DONTDUMP);  // a core dump would hold all that a mailbox may grow to
  begin_ = begin;
  bytes_ = bytes;
  access_ = access;
}

void Mapping::reserve_pages(std::size_t offset, std::size_t bytes) const {
  const std::size_t first = offset / kPage * kPage;
  const int advice = access_ == Access::read ? MADV_POPULATE_READ : MADV_POPULATE_WRITE;
  while (::madvise(begin() + first, offset + bytes - first, advice) != 0) {
    if (errno == EINVAL) return;  // a kernel that does not know it
    // EFAULT: touching it would be the SIGBUS.
    if (errno != EINTR) refuse_pages(bytes, errno == EFAULT ? ENOSPC : errno);
  }
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(bytes_, other.bytes_);
  std::swap(access_, other.access_);
  return *this;
}

Mapping::~Mapping() {
  if (begin_ != nullptr) ::munmap(begin_, bytes_);
}

}  // namespace pactor::os
