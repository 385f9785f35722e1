// std::optional: a bool that says whether a value follows.
#pragma once

#include <pactor/wire/scalar.hpp>

#include <optional>
#include <type_traits>

namespace pactor::wire {

template <class T>
struct Family<std::optional<T>> {
  using Value = std::remove_cv_t<T>;
  using Parts = TypeList<Value>;

  static void encode(Encoder& encoder, const std::optional<T>& optional) {
    wire::encode(encoder, optional.has_value());
    if (optional) wire::encode(encoder, *optional);
  }

  static std::optional<T> decode(Decoder& decoder) {
    if (!wire::decode<bool>(decoder)) return std::nullopt;
    return std::optional<T>(std::in_place, wire::decode<Value>(decoder));
  }
};

}  // namespace pactor::wire
