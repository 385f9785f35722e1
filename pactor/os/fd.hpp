// The owner of one file descriptor.
//
//     Fd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
//     if (!socket) fail("cannot make a socket");
//
// Movable, closes once, never throws. An empty Fd holds -1.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <span>
#include <utility>
#include <vector>

namespace pactor::os {

// Owns one file descriptor.
class Fd {
 public:
  // Empty.
  Fd() = default;
  // Owns `number` from now on, and closes it at the end; a negative one: empty.
  explicit Fd(int number) noexcept : number_(number) {}
  // The other one is empty then.
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  // Closes what it owned. The other one is empty then.
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  // Closes it.
  ~Fd() { reset(); }

  // Its number, which is still owned here; -1 if empty.
  [[nodiscard]] int get() const noexcept { return number_; }
  // Whether it is not empty.
  explicit operator bool() const noexcept { return number_ >= 0; }

  // Gives the descriptor away; the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

  // Closes it now.
  void reset() noexcept {
#ifndef __clang__  // g++ 12 warns at -O3 of an optional that is empty
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
    if (number_ >= 0) ::close(std::exchange(number_, -1));
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
  }

 private:
  int number_ = -1;
};

// Another descriptor, close-on-exec, of the same file; empty if there are too many. Sets errno.
[[nodiscard]] inline Fd duplicate(int number) noexcept {
  return Fd(::fcntl(number, F_DUPFD_CLOEXEC, 3));
}

// ---- For the library itself ----------------------------------------------------------------------

// Their numbers, as the kernel wants them.
[[nodiscard]] inline std::vector<int> numbers_of(std::span<const Fd> fds) {
  std::vector<int> numbers;
  numbers.reserve(fds.size());
  for (const Fd& fd : fds) numbers.push_back(fd.get());
  return numbers;
}

}  // namespace pactor::os
