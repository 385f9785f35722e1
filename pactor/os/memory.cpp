#include <pactor/os/memory.hpp>

#include <pactor/os/failure.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <array>
#include <cstdio>

namespace pactor::os {

Fd create_shared_memory(const char* name, std::size_t bytes) {
  Fd memory{::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!memory) fail("cannot create shared memory");
  if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) fail("cannot size shared memory");
  if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    fail("cannot seal shared memory");
  }
  return memory;
}

Fd reopen(const Fd& memory) noexcept {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", memory.get());
  return Fd(::open(path.data(), O_RDWR | O_CLOEXEC));
}

Mapping::Mapping(const Fd& memory, std::size_t offset, std::size_t bytes, Access access) {
  const int protection = access == Access::read ? PROT_READ : PROT_READ | PROT_WRITE;
  void* begin =
      ::mmap(nullptr, bytes, protection, MAP_SHARED, memory.get(), static_cast<off_t>(offset));
  if (begin == MAP_FAILED) fail("cannot map shared memory");
  // valgrind 3.19 and other emulators may not know the advice; handles check for a fork themselves.
  ::madvise(begin, bytes, MADV_DONTFORK);
  begin_ = begin;
  bytes_ = bytes;
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (begin_ != nullptr) ::munmap(begin_, bytes_);
}

}  // namespace pactor::os
