// std::chrono: a duration is its count, a time point its duration since the clock's epoch.
//
// Both ends run on one machine, so that time points of the steady clock keep their meaning, too.
#pragma once

#include <pactor/wire/codec.hpp>

#include <chrono>

namespace pactor::wire {

template <class Rep, class Period>
struct Family<std::chrono::duration<Rep, Period>> {
  using Parts = TypeList<Rep>;
  static constexpr bool kFlat = Flat<Rep>;

  static void encode(Encoder& encoder, const std::chrono::duration<Rep, Period>& duration) {
    wire::encode(encoder, duration.count());
  }

  static std::chrono::duration<Rep, Period> decode(Decoder& decoder) {
    return std::chrono::duration<Rep, Period>(wire::decode<Rep>(decoder));
  }
};

template <class Clock, class Duration>
struct Family<std::chrono::time_point<Clock, Duration>> {
  using Parts = TypeList<Duration>;
  static constexpr bool kFlat = Flat<Duration>;

  static void encode(Encoder& encoder, const std::chrono::time_point<Clock, Duration>& time) {
    wire::encode(encoder, time.time_since_epoch());
  }

  static std::chrono::time_point<Clock, Duration> decode(Decoder& decoder) {
    return std::chrono::time_point<Clock, Duration>(wire::decode<Duration>(decoder));
  }
};

}  // namespace pactor::wire
