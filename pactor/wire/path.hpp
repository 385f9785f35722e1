// std::filesystem::path: its native string.
//
// Known by what it can do and not by name: who sends paths has included <filesystem>, and the others are spared one of
// the longest headers there are.
#pragma once

#include <pactor/wire/text.hpp>

#include <concepts>

namespace pactor::wire {

template <class T>
concept PathLike = requires(const T& path) {
  T::preferred_separator;
  { path.native() } -> std::same_as<const typename T::string_type&>;
};

template <PathLike T>
struct Family<T> {
  using Parts = TypeList<>;

  static void encode(Encoder& encoder, const T& path) { wire::encode(encoder, path.native()); }

  static T decode(Decoder& decoder) { return wire::decode<typename T::string_type>(decoder); }
};

}  // namespace pactor::wire
