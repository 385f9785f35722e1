// What the targets see of the kernel, by the linker's --wrap.
//
// Shared memory lies between two pages that nobody may touch, so that who reads beyond a mapping ends
// there: AddressSanitizer knows nothing of mappings, and the next one is often another end of the same
// channel. And nobody sleeps: a futex_wait is interrupted at once, as any may be, or its time is up. So an
// input that would hang asks for sleep again and again, and is found by the number of its sleeps. All that
// from the first input on: a program that has none of its own is let alone.
#include <pactor/os/failure.hpp>

#include "target.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <mutex>
#include <utility>

namespace {

constexpr std::size_t kGuardBytes = 4096;
constexpr int kMostSleeps = 100'000;

bool has_begun = false;
std::atomic<int> sleeps{0};

// Allocates nothing: who makes a mapping may have been told that there is no memory left.
struct Guarded {
  void* begin = nullptr;  // null: none
  std::size_t bytes = 0;  // with the guards
};
constinit std::array<Guarded, 4096> all_guarded;
constinit std::mutex guarded_mutex;

std::size_t whole_pages(std::size_t bytes) {
  return (bytes + kGuardBytes - 1) / kGuardBytes * kGuardBytes;
}

int sleep_not(bool has_deadline) {
  PACTOR_CHECK(++sleeps < kMostSleeps);  // or it sleeps for ever
  errno = has_deadline ? ETIMEDOUT : EINTR;
  return -1;
}

}  // namespace

void pactor::fuzz::begin_input() {
  has_begun = true;
  sleeps = 0;
}

extern "C" {

// The linker's names for it.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
void* __real_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset);
int __real_munmap(void* at, std::size_t bytes);
long __real_syscall(long number, long a, long b, long c, long d, long e, long f);

void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int fd, off_t offset) {
  const bool shared_memory = at == nullptr && (flags & MAP_SHARED) != 0 && fd >= 0;
  if (!has_begun || !shared_memory) return __real_mmap(at, bytes, protection, flags, fd, offset);
  const std::size_t all = whole_pages(bytes) + 2 * kGuardBytes;
  void* room = __real_mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return MAP_FAILED;
  void* begin = static_cast<std::byte*>(room) + kGuardBytes;
  if (__real_mmap(begin, bytes, protection, flags | MAP_FIXED, fd, offset) == MAP_FAILED) {
    const int error = errno;
    __real_munmap(room, all);
    errno = error;
    return MAP_FAILED;
  }
  const std::lock_guard lock(guarded_mutex);
  const auto free = std::ranges::find(all_guarded, nullptr, &Guarded::begin);
  PACTOR_CHECK(free != all_guarded.end());
  *free = {.begin = begin, .bytes = all};
  return begin;
}

int __wrap_munmap(void* at, std::size_t bytes) {
  std::size_t all = 0;
  {
    const std::lock_guard lock(guarded_mutex);
    const auto found = std::ranges::find(all_guarded, at, &Guarded::begin);
    if (at != nullptr && found != all_guarded.end()) all = std::exchange(*found, {}).bytes;
  }
  if (all == 0) return __real_munmap(at, bytes);
  return __real_munmap(static_cast<std::byte*>(at) - kGuardBytes, all);
}

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  if (!has_begun) return __real_syscall(number, a, b, c, d, e, f);
  if (number == SYS_futex && (b & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET) return sleep_not(d != 0);
  if (number == SYS_futex_waitv) return sleep_not(d != 0);
  return __real_syscall(number, a, b, c, d, e, f);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

}  // extern "C"
