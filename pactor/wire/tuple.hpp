// std::pair and std::tuple: their elements, one after another.
#pragma once

#include <pactor/wire/codec.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace pactor::wire {

template <class First, class Second>
struct Family<std::pair<First, Second>> {
  using Parts = TypeList<std::remove_cv_t<First>, std::remove_cv_t<Second>>;

  static void encode(Encoder& encoder, const std::pair<First, Second>& pair) {
    wire::encode(encoder, pair.first);
    wire::encode(encoder, pair.second);
  }

  // Braces, here and below: they promise to evaluate from left to right.
  static std::pair<First, Second> decode(Decoder& decoder) {
    return std::pair<First, Second>{wire::decode<std::remove_cv_t<First>>(decoder),
                                    wire::decode<std::remove_cv_t<Second>>(decoder)};
  }
};

template <class... Ts>
struct Family<std::tuple<Ts...>> {
  using Parts = TypeList<std::remove_cv_t<Ts>...>;

  static void encode(Encoder& encoder, const std::tuple<Ts...>& tuple) {
    std::apply([&encoder](const auto&... element) { (wire::encode(encoder, element), ...); },
               tuple);
  }

  static std::tuple<Ts...> decode([[maybe_unused]] Decoder& decoder) {
    return std::tuple<Ts...>{wire::decode<std::remove_cv_t<Ts>>(decoder)...};
  }
};

}  // namespace pactor::wire
