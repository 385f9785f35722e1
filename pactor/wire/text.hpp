// Strings: a length, then the characters.
//
// Views of strings are no values and have no family; stored.hpp makes strings of them where a
// parameter is one.
#pragma once

#include <pactor/wire/scalar.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace pactor::wire {

namespace detail {

template <class T>
inline constexpr bool kIsString = false;
template <class Char, class Traits, class Allocator>
inline constexpr bool kIsString<std::basic_string<Char, Traits, Allocator>> = Flat<Char>;

// Bounds `count` elements of `size` bytes by what the message holds. (Both are less than 2^32, so
// that the product cannot overflow.)
inline std::size_t checked_bytes(Decoder& decoder, std::size_t count, std::size_t size) {
  static_assert(sizeof(std::size_t) == 8);
  const std::size_t bytes = count * size;
  if (bytes > decoder.remaining()) [[unlikely]] {
    refuse_value("a length beyond its own end");
  }
  return bytes;
}

}  // namespace detail

template <class Char, class Traits>
void encode_text(Encoder& encoder, std::basic_string_view<Char, Traits> text) {
  encoder.length(text.size());
  encoder.elements(text.data(), text.size() * sizeof(Char));
}

template <class T>
  requires detail::kIsString<T>
struct Family<T> {
  using Char = typename T::value_type;
  using Parts = TypeList<>;

  static void encode(Encoder& encoder, const T& text) {
    encode_text(encoder, std::basic_string_view<Char, typename T::traits_type>(text));
  }

  static T decode(Decoder& decoder) {
    const std::size_t count = decoder.length();
    const std::size_t bytes = detail::checked_bytes(decoder, count, sizeof(Char));
    if constexpr (sizeof(Char) == 1) {
      // Constructed from the message itself, which spares filling the string with zeros first.
      return T(reinterpret_cast<const Char*>(decoder.take(bytes)), count);
    } else {
      T text(count, Char{});
      decoder.copy(text.data(), bytes);
      return text;
    }
  }
};

}  // namespace pactor::wire
