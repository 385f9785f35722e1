// How long to wait: a std::chrono::duration of any unit.
//
//     reply.get(200ms);
//     actor.join(std::chrono::hours::max());   // for ever: that would not fit into nanoseconds
#pragma once

#include <chrono>
#include <type_traits>

namespace pactor {

// A parameter of functions that wait. What is beyond nanoseconds (some 292 years) is for ever. A number alone
// has no unit, and is refused.
class Duration {
 public:
  // As long as `duration`, or as long as nanoseconds can say.
  template <class Rep, class Period>  // NOLINTNEXTLINE: implicit
  constexpr Duration(const std::chrono::duration<Rep, Period>& duration) noexcept
      : value_(saturated(duration)) {}
  template <class Number>  // NOLINTNEXTLINE: likewise
    requires std::is_arithmetic_v<Number>
  Duration(Number) = delete;  // pactor: a deadline has a unit: 200ms, by std::chrono_literals

  // The same, or the longest one that there is; not a number: the shortest.
  [[nodiscard]] constexpr std::chrono::nanoseconds value() const noexcept { return value_; }

  // What value() says of a wait that has no end.
  static constexpr std::chrono::nanoseconds kForever = std::chrono::nanoseconds::max();

 private:
  template <class Rep, class Period>
  static constexpr std::chrono::nanoseconds saturated(
      const std::chrono::duration<Rep, Period>& duration) noexcept {
    using std::chrono::nanoseconds;
    using Wide = std::chrono::duration<long double, std::nano>;
    const Wide wide(duration);
    if (wide >= Wide(nanoseconds::max())) return nanoseconds::max();
    if (!(wide > Wide(nanoseconds::min()))) return nanoseconds::min();
    return std::chrono::duration_cast<nanoseconds>(duration);
  }

  std::chrono::nanoseconds value_;
};

}  // namespace pactor
