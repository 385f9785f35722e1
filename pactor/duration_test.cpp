#include <pactor/duration.hpp>

#include <gtest/gtest.h>

#include <concepts>
#include <cstdint>
#include <limits>
#include <ratio>

namespace pactor {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

template <class From>
constexpr nanoseconds value_of(From from) {
  return Duration(from).value();
}

TEST(DurationTest, IsOfAnyUnit) {
  EXPECT_EQ(value_of(200ms), nanoseconds(200'000'000));
  EXPECT_EQ(value_of(-3h), -nanoseconds(10'800'000'000'000));
  EXPECT_EQ(value_of(0.5s), nanoseconds(500'000'000));
  EXPECT_EQ(value_of(std::chrono::duration<std::int64_t, std::pico>(5'000)), 5ns);
  EXPECT_EQ(value_of(nanoseconds::max() - 1ns), nanoseconds::max() - 1ns);
}

TEST(DurationTest, IsForEverBeyondWhatNanosecondsCanTell) {
  EXPECT_EQ(value_of(std::chrono::milliseconds::max()), Duration::kForever);
  EXPECT_EQ(value_of(std::chrono::hours::max()), Duration::kForever);
  EXPECT_EQ(value_of(std::chrono::duration<double>(1e300)), Duration::kForever);
  EXPECT_EQ(value_of(std::chrono::years(300)), Duration::kForever);
  EXPECT_LT(value_of(std::chrono::years(290)), Duration::kForever);
}

TEST(DurationTest, IsPastBeforeWhatNanosecondsCanTell) {
  EXPECT_EQ(value_of(std::chrono::hours::min()), nanoseconds::min());
  EXPECT_EQ(value_of(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())),
            nanoseconds::min());
}

TEST(DurationTest, IsNoNumber) {
  EXPECT_FALSE((std::convertible_to<int, Duration>));
  EXPECT_FALSE((std::convertible_to<double, Duration>));
  EXPECT_TRUE((std::convertible_to<std::chrono::days, Duration>));
}

}  // namespace
}  // namespace pactor
