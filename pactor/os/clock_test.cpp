// Deadlines at the ends of what can be said.

#include <pactor/os/clock.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace pactor::os {
namespace {

TEST(Clock, PastDeadlineIsAPollThatDoesNotWait) {
  EXPECT_EQ(poll_timeout_ms(Deadline::min()), 0);
  EXPECT_EQ(poll_timeout_ms(Deadline{}), 0);
  EXPECT_EQ(poll_timeout_ms(std::chrono::steady_clock::now()), 0);
}

TEST(Clock, FutureDeadlineIsAPollThatWaitsAndNeverIsWithoutEnd) {
  EXPECT_EQ(poll_timeout_ms(kNever), -1);
  EXPECT_GT(poll_timeout_ms(deadline_in(std::chrono::hours(1))), 0);
  EXPECT_GT(poll_timeout_ms(deadline_in(std::chrono::hours(24 * 365 * 100))), 0);
}

TEST(Clock, DurationThatDoesNotFitIsNever) {
  EXPECT_EQ(deadline_in(std::chrono::nanoseconds::max()), kNever);
  EXPECT_EQ(deadline_in(std::chrono::milliseconds::max()), kNever);
  EXPECT_EQ(deadline_in(std::chrono::hours::max()), kNever);
}

TEST(Clock, NegativeDurationIsNow) {
  for (const Deadline deadline : {deadline_in(std::chrono::nanoseconds::min()),
                                  deadline_in(std::chrono::milliseconds::min())}) {
    EXPECT_LE(deadline, std::chrono::steady_clock::now());
    EXPECT_EQ(poll_timeout_ms(deadline), 0);
  }
}

}  // namespace
}  // namespace pactor::os
