// Numbers, characters, bool and enums: their bytes as they lie in memory.
#pragma once

#include <pactor/wire/codec.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace pactor::wire {

template <class T>
concept Number = std::is_arithmetic_v<T> && std::same_as<T, std::remove_cv_t<T>>;

template <class T>
concept Enum = std::is_enum_v<T> && std::same_as<T, std::remove_cv_t<T>>;

template <Number T>
struct Family<T> {
  using Parts = TypeList<>;
  static constexpr bool kFlat = !std::same_as<T, bool>;

  static void encode(Encoder& encoder, T value) { encoder.bytes(&value, sizeof value); }

  static T decode(Decoder& decoder) {
    if constexpr (std::same_as<T, bool>) {
      // Anything but 0 and 1 in a bool is undefined behaviour; so it is looked at as a number.
      const auto byte = decoder.value<std::uint8_t>();
      if (byte > 1) [[unlikely]] {
        refuse_value("a bool that is neither 0 nor 1");
      }
      return byte == 1;
    } else {
      return decoder.value<T>();
    }
  }
};

// An enum may hold every value of its underlying type, whether or not it has a name.
template <Enum T>
struct Family<T> {
  using Underlying = std::underlying_type_t<T>;
  using Parts = TypeList<>;
  static constexpr bool kFlat = Family<Underlying>::kFlat;

  static void encode(Encoder& encoder, T value) {
    Family<Underlying>::encode(encoder, static_cast<Underlying>(value));
  }

  static T decode(Decoder& decoder) { return static_cast<T>(Family<Underlying>::decode(decoder)); }
};

}  // namespace pactor::wire
