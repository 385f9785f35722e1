// std::variant: the index of its alternative in one byte, then the value. std::monostate: nothing.
#pragma once

#include <pactor/wire/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

namespace pactor::wire {

template <>
struct Family<std::monostate> {
  using Parts = TypeList<>;
  static void encode(Encoder&, std::monostate) {}
  static std::monostate decode(Decoder&) { return {}; }
};

template <class... Ts>
struct Family<std::variant<Ts...>> {
  static_assert(sizeof...(Ts) <= 256, "pactor: a std::variant of more than 256 alternatives");

  using Variant = std::variant<Ts...>;
  using Parts = TypeList<std::remove_cv_t<Ts>...>;

  static void encode(Encoder& encoder, const Variant& variant) {
    if (variant.valueless_by_exception()) [[unlikely]] {
      throw Error("a std::variant without a value (valueless_by_exception) cannot be sent");
    }
    const auto index = static_cast<std::uint8_t>(variant.index());
    encoder.bytes(&index, sizeof index);
    std::visit([&encoder](const auto& value) { wire::encode(encoder, value); }, variant);
  }

  static Variant decode(Decoder& decoder) {
    const std::size_t index = decoder.value<std::uint8_t>();
    if (index >= sizeof...(Ts)) [[unlikely]] {
      refuse_value("a std::variant of an alternative that it does not have");
    }
    return decode_alternative<0>(index, decoder);
  }

 private:
  // By index and not by type: two alternatives may have the same type.
  template <std::size_t I>
  static Variant decode_alternative(std::size_t index, Decoder& decoder) {
    if constexpr (I + 1 < sizeof...(Ts)) {
      if (index != I) return decode_alternative<I + 1>(index, decoder);
    }
    using T = std::remove_cv_t<std::variant_alternative_t<I, Variant>>;
    return Variant(std::in_place_index<I>, wire::decode<T>(decoder));
  }
};

}  // namespace pactor::wire
