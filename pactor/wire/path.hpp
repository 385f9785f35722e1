// std::filesystem::path: its native string.
#pragma once

#include <pactor/wire/text.hpp>

#include <filesystem>
#include <string>

namespace pactor::wire {

template <>
struct Family<std::filesystem::path> {
  using Parts = TypeList<>;

  static void encode(Encoder& encoder, const std::filesystem::path& path) {
    wire::encode(encoder, path.native());
  }

  static std::filesystem::path decode(Decoder& decoder) {
    return wire::decode<std::filesystem::path::string_type>(decoder);
  }
};

}  // namespace pactor::wire
