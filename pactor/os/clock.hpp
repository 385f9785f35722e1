// Time as the kernel tells it: one clock, CLOCK_MONOTONIC, alike in every process of a machine.
//
//     Deadline deadline = deadline_in(200ms);
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

namespace pactor::os {

// A point of CLOCK_MONOTONIC, which is what std::chrono::steady_clock reads in libstdc++ and libc++.
using Deadline = std::chrono::steady_clock::time_point;

inline constexpr Deadline kNever = Deadline::max();

// `duration` after `now`; kNever for a duration that does not fit, now for a negative one.
template <class Rep, class Period>
[[nodiscard]] Deadline deadline_after(Deadline now, std::chrono::duration<Rep, Period> duration) {
  // Compared in the unit of the caller, for his longest may not fit into nanoseconds.
  using Given = std::chrono::duration<Rep, Period>;
  if (duration >= std::chrono::duration_cast<Given>(kNever - now)) return kNever;
  return now + std::chrono::nanoseconds(duration < Given::zero() ? Given::zero() : duration);
}

// The same, from now.
template <class Rep, class Period>
[[nodiscard]] Deadline deadline_in(std::chrono::duration<Rep, Period> duration) {
  return deadline_after(std::chrono::steady_clock::now(), duration);
}

// The kernel refuses times before the clock's start: they become its start, which is past as well.
[[nodiscard]] inline timespec to_timespec(Deadline deadline) {
  const auto since = (deadline < Deadline{} ? Deadline{} : deadline).time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  return {.tv_sec = static_cast<std::time_t>(seconds.count()),
          .tv_nsec = static_cast<long>(std::chrono::nanoseconds(since - seconds).count())};
}

// Whole milliseconds until `deadline` for poll and epoll_wait: rounded up, 0 if past, -1 for kNever.
[[nodiscard]] inline int poll_timeout_ms(Deadline deadline) {
  if (deadline == kNever) return -1;
  const Deadline now = std::chrono::steady_clock::now();
  if (deadline <= now) return 0;  // asked first: from Deadline::min() nothing can be taken away
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
  constexpr std::int64_t kLongest = 1'000'000'000;
  return static_cast<int>(left.count() < kLongest ? left.count() : kLongest);
}

// Nanoseconds of CLOCK_MONOTONIC as of the last timer tick: a few milliseconds coarse, a few
// nanoseconds to read, never a system call.
[[nodiscard]] inline std::uint64_t coarse_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// The same clock, as exact as it is.
[[nodiscard]] inline std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(since).count());
}

// What the calling thread has had of a CPU.
[[nodiscard]] inline std::chrono::nanoseconds cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// As deadline_in, a few milliseconds off and several times cheaper.
template <class Rep, class Period>
[[nodiscard]] Deadline coarse_deadline_in(std::chrono::duration<Rep, Period> duration) {
  return deadline_after(Deadline(std::chrono::nanoseconds(coarse_now_ns())), duration);
}

// A deadline that counts from when somebody first wants to know it: who need not wait does not read the clock.
class LazyDeadline {
 public:
  LazyDeadline(Deadline at) : at_(at) {}  // NOLINT: implicit
  // So long from then on, a few milliseconds off; at the latest at `at`.
  LazyDeadline(std::chrono::milliseconds wait, Deadline at) : at_(at), wait_(wait) {}

  [[nodiscard]] Deadline get() {
    if (wait_) at_ = std::min(at_, coarse_deadline_in(*std::exchange(wait_, std::nullopt)));
    return at_;
  }

 private:
  Deadline at_;
  std::optional<std::chrono::milliseconds> wait_;
};

}  // namespace pactor::os
