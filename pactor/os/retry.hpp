// Trying again what was refused for want of something that others may give back in a moment: memory of the
// kernel, descriptors on their way.
//
//     for (Retry retry;;) {
//       if (attempt()) return;
//       if (!lacks_for_now(errno) || !retry.again()) fail("cannot …");
//     }
//     insist([&] { return attempt_that_throws(); });
//
// For what nobody else could try again: a message to the keeper or from it, a message that was accepted. It
// waits for some 30 ms in all. Whoever can be told of a failure is told at once instead.
#pragma once

#include <pactor/error.hpp>

#include <cerrno>
#include <chrono>
#include <new>
#include <thread>

namespace pactor::os {

// Whether the kernel may do in a moment what it has just refused with this error.
[[nodiscard]] inline bool lacks_for_now(int error) noexcept {
  return error == ENOMEM || error == ENOBUFS || error == ETOOMANYREFS;
}

class Retry {
 public:
  // Pauses, for longer each time. False: it has been tried often enough.
  [[nodiscard]] bool again() {
    constexpr std::chrono::milliseconds kLongest{16};
    if (pause_ > kLongest) return false;
    std::this_thread::sleep_for(pause_);
    pause_ *= 2;
    return true;
  }

 private:
  std::chrono::milliseconds pause_{1};
};

// What `act` returns, at the latest attempt; or what it throws then.
template <class Act>
decltype(auto) insist(const Act& act) {
  for (Retry retry;;) {
    try {
      return act();
    } catch (const Error&) {
      if (!retry.again()) throw;
    } catch (const std::bad_alloc&) {
      if (!retry.again()) throw;
    }
  }
}

}  // namespace pactor::os
