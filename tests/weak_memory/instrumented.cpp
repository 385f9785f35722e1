// What instrumented code calls in the place of the sanitizer's library, and of some of the C library.
#include "play.hpp"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace weak_memory {
namespace {

template <class T>
T atomic_load(const volatile T* at, int order) {
  const T raw = __atomic_load_n(at, __ATOMIC_SEQ_CST);
  if (!explored || !is_shared(const_cast<const T*>(at))) return raw;
  const Inside inside;
  play->step(const_cast<const T*>(at), Play::Access::load);
  return static_cast<T>(
      play->load(const_cast<const T*>(at), __atomic_load_n(at, __ATOMIC_SEQ_CST), order));
}

template <class T>
void atomic_store(volatile T* at, T value, int order) {
  if (explored && is_shared(const_cast<const T*>(at))) {
    const Inside inside;
    play->step(const_cast<const T*>(at), Play::Access::store);
    play->store(const_cast<const T*>(at), __atomic_load_n(at, __ATOMIC_SEQ_CST), value, order);
  }
  __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
}

template <class T, class Change>
T atomic_change(volatile T* at, int order, Change change) {
  const bool shared = explored && is_shared(const_cast<const T*>(at));
  const Inside inside;
  if (shared) play->step(const_cast<const T*>(at), Play::Access::store);
  const T before = __atomic_load_n(at, __ATOMIC_SEQ_CST);
  const T value = change(before);
  if (shared) play->read_modify_write(const_cast<const T*>(at), before, value, order);
  __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
  return before;
}

template <class T>
bool atomic_compare_exchange(volatile T* at, T* expected, T desired, int order, int failed) {
  const bool shared = explored && is_shared(const_cast<const T*>(at));
  const Inside inside;
  if (shared) play->step(const_cast<const T*>(at), Play::Access::store);
  const T before = __atomic_load_n(at, __ATOMIC_SEQ_CST);
  if (before != *expected) {
    if (shared) static_cast<void>(play->load(const_cast<const T*>(at), before, failed));
    *expected = before;
    return false;
  }
  if (shared) play->read_modify_write(const_cast<const T*>(at), before, desired, order);
  __atomic_store_n(at, desired, __ATOMIC_SEQ_CST);
  return true;
}

void plain_read(const void* at, std::size_t bytes) {
  if (!explored || !is_shared(at)) return;
  const Inside inside;
  play->read(at, bytes);
}
void plain_write(const void* at, std::size_t bytes) {
  if (!explored || !is_shared(at)) return;
  const Inside inside;
  play->write(at, bytes);
}

}  // namespace
}  // namespace weak_memory

using namespace weak_memory;

// NOLINTBEGIN: the names, and types, are the sanitizer's and the C library's.
extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void**) {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_atomic_thread_fence(int) { std::abort(); }  // pactor has none
void __tsan_atomic_signal_fence(int) {}

#define PACTOR_PLAIN(bytes)                                                \
  void __tsan_read##bytes(void* at) { plain_read(at, bytes); }             \
  void __tsan_write##bytes(void* at) { plain_write(at, bytes); }           \
  void __tsan_unaligned_read##bytes(void* at) { plain_read(at, bytes); }   \
  void __tsan_unaligned_write##bytes(void* at) { plain_write(at, bytes); } \
  void __tsan_volatile_read##bytes(void* at) { plain_read(at, bytes); }    \
  void __tsan_volatile_write##bytes(void* at) { plain_write(at, bytes); }
PACTOR_PLAIN(1)
PACTOR_PLAIN(2)
PACTOR_PLAIN(4)
PACTOR_PLAIN(8)
PACTOR_PLAIN(16)
void* __real_memcpy(void*, const void*, std::size_t) noexcept;
void* __wrap_memcpy(void* to, const void* from, std::size_t bytes) noexcept {
  plain_read(from, bytes);
  plain_write(to, bytes);
  return __real_memcpy(to, from, bytes);
}
void* __real_memmove(void*, const void*, std::size_t) noexcept;
void* __wrap_memmove(void* to, const void* from, std::size_t bytes) noexcept {
  plain_read(from, bytes);
  plain_write(to, bytes);
  return __real_memmove(to, from, bytes);
}
int __real_memcmp(const void*, const void*, std::size_t) noexcept;
int __wrap_memcmp(const void* left, const void* right, std::size_t bytes) noexcept {
  plain_read(left, bytes);
  plain_read(right, bytes);
  return __real_memcmp(left, right, bytes);
}
// clang's names for two of these.
void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  return __wrap_memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
  return __wrap_memmove(to, from, bytes);
}
void* __tsan_memset(void* at, int value, std::size_t bytes) {
  return std::memset(at, value, bytes);
}
void __tsan_read_range(void* at, std::size_t bytes) { plain_read(at, bytes); }
void __tsan_write_range(void* at, std::size_t bytes) { plain_write(at, bytes); }

#define PACTOR_ATOMIC(bits, T)                                                                     \
  T __tsan_atomic##bits##_load(const volatile T* at, int order) { return atomic_load(at, order); } \
  void __tsan_atomic##bits##_store(volatile T* at, T value, int order) {                           \
    atomic_store(at, value, order);                                                                \
  }                                                                                                \
  T __tsan_atomic##bits##_exchange(volatile T* at, T value, int order) {                           \
    return atomic_change(at, order, [=](T) { return value; });                                     \
  }                                                                                                \
  T __tsan_atomic##bits##_fetch_add(volatile T* at, T value, int order) {                          \
    return atomic_change(at, order, [=](T before) { return static_cast<T>(before + value); });     \
  }                                                                                                \
  T __tsan_atomic##bits##_fetch_sub(volatile T* at, T value, int order) {                          \
    return atomic_change(at, order, [=](T before) { return static_cast<T>(before - value); });     \
  }                                                                                                \
  T __tsan_atomic##bits##_fetch_and(volatile T* at, T value, int order) {                          \
    return atomic_change(at, order, [=](T before) { return static_cast<T>(before & value); });     \
  }                                                                                                \
  T __tsan_atomic##bits##_fetch_or(volatile T* at, T value, int order) {                           \
    return atomic_change(at, order, [=](T before) { return static_cast<T>(before | value); });     \
  }                                                                                                \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* at, T* expected, T desired,        \
                                                    int order, int failed) {                       \
    return atomic_compare_exchange(at, expected, desired, order, failed);                          \
  }                                                                                                \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* at, T* expected, T desired,          \
                                                  int order, int failed) {                         \
    return atomic_compare_exchange(at, expected, desired, order, failed);                          \
  }                                                                                                \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* at, T expected, T desired, int order,   \
                                               int failed) {                                       \
    atomic_compare_exchange(at, &expected, desired, order, failed);                                \
    return expected;                                                                               \
  }
PACTOR_ATOMIC(8, std::uint8_t)
PACTOR_ATOMIC(16, std::uint16_t)
PACTOR_ATOMIC(32, std::uint32_t)
PACTOR_ATOMIC(64, std::uint64_t)

// Whoever maps a file of shared memory gets the same mapping, which stays until the play is over.
void* __real_mmap(void*, std::size_t, int, int, int, off_t) noexcept;
int __real_munmap(void*, std::size_t) noexcept;
void* __wrap_mmap(void* at, std::size_t bytes, int protection, int flags, int fd,
                  off_t offset) noexcept {
  struct stat file{};
  if (flags != MAP_SHARED || fd < 0 || ::fstat(fd, &file) != 0)
    return __real_mmap(at, bytes, protection, flags, fd, offset);
  const Inside inside;
  auto memory = std::ranges::find(mapped(), file.st_ino, &Mapped::file);
  if (memory == mapped().end()) {
    const auto length = static_cast<std::size_t>(file.st_size);
    void* const begin = __real_mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memory = mapped().insert(memory, {file.st_ino, static_cast<char*>(begin), length});
  }
  return memory->begin + offset;
}
int __wrap_munmap(void* at, std::size_t bytes) noexcept {
  return is_shared(at) ? 0 : __real_munmap(at, bytes);
}

// Nobody looks again and again for one who runs on the same CPU.
int __wrap_sched_getcpu() noexcept { return -1; }

int __wrap_clock_gettime(clockid_t, timespec* now) noexcept {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  clock_ns += 1000;
  *now = {.tv_sec = static_cast<std::time_t>(clock_ns / kSecond),
          .tv_nsec = static_cast<long>(clock_ns % kSecond)};
  return 0;
}

long __real_syscall(long, ...) noexcept;
long __wrap_syscall(long number, ...) noexcept {
  std::array<long, 6> a{};
  va_list rest;
  va_start(rest, number);
  for (long& argument : a) argument = va_arg(rest, long);
  va_end(rest);
  if (number != SYS_futex || !explored) {
    return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  }
  const Inside inside;
  const auto* at = reinterpret_cast<const void*>(a[0]);
  const bool wakes = (a[1] & FUTEX_CMD_MASK) == FUTEX_WAKE;
  play->step(at, wakes ? Play::Access::store : Play::Access::load);
  if (wakes) return play->wake(at, static_cast<int>(a[2]));
  if (play->sleep(at, static_cast<std::uint32_t>(a[2]))) return 0;
  errno = EAGAIN;
  return -1;
}

}  // extern "C"
// NOLINTEND
