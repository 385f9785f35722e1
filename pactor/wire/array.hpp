// Arrays, whose length both sides know: the elements, one after another.
//
// std::array is a value like any other. A C array is not (no function can return one), so it has no
// family; the fields of an aggregate that are C arrays are filled in place by decode_into().
#pragma once

#include <pactor/wire/codec.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace pactor::wire {

// Encodes `value`, which may be a C array, of whatever number of dimensions.
template <class T>
void encode_field(Encoder& encoder, const T& value) {
  if constexpr (!std::is_array_v<T>) {
    wire::encode(encoder, value);
  } else if constexpr (Flat<std::remove_cv_t<std::remove_all_extents_t<T>>>) {
    encoder.bytes(&value, sizeof value);
  } else {
    for (const auto& element : value) encode_field(encoder, element);
  }
}

// Its mirror image: assigns to `target`, which may be a C array.
template <class T>
void decode_into(Decoder& decoder, T& target) {
  if constexpr (!std::is_array_v<T>) {
    target = wire::decode<T>(decoder);
  } else if constexpr (Flat<std::remove_all_extents_t<T>>) {
    decoder.copy(&target, sizeof target);
  } else {
    for (auto& element : target) decode_into(decoder, element);
  }
}

template <class T, std::size_t N>
struct Family<std::array<T, N>> {
  using Array = std::array<T, N>;
  using Parts = TypeList<std::remove_cv_t<T>>;
  static constexpr bool kFlat = Flat<T> && N != 0;  // an empty one has a size, but no bytes

  static void encode(Encoder& encoder, const Array& array) {
    if constexpr (kFlat) {
      encoder.bytes(array.data(), sizeof array);
    } else {
      for (const T& element : array) wire::encode(encoder, element);
    }
  }

  static Array decode(Decoder& decoder) {
    if constexpr (kFlat && std::is_trivially_copyable_v<Array>) {
      return decoder.value<Array>();
    } else if constexpr (std::default_initializable<Array> && std::movable<T>) {
      Array array{};
      for (T& element : array) element = wire::decode<T>(decoder);
      return array;
    } else {
      return [&decoder]<std::size_t... I>(std::index_sequence<I...>) {
        return Array{{((void)I, wire::decode<std::remove_cv_t<T>>(decoder))...}};
      }(std::make_index_sequence<N>());
    }
  }
};

}  // namespace pactor::wire
