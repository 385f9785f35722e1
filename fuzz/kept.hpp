// The inputs that are kept in fuzz/corpus, and mutations of them, the same each time, for tests to replay.
//
//     std::minstd_rand random(1);
//     for (const Seed& seed : kept(target.name)) target.run(mutated(seed.bytes, random));
//
// Whoever includes this has PACTOR_SOURCE_DIR.
#pragma once

#include "target.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace pactor::fuzz {

inline constexpr std::size_t kLongest = 1000;

inline std::vector<Seed> kept(const char* target) {
  std::vector<Seed> all;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(PACTOR_SOURCE_DIR) / "fuzz/corpus" / target)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto* begin = reinterpret_cast<const std::byte*>(text.data());
    all.push_back({.name = entry.path().filename(), .bytes = {begin, begin + text.size()}});
  }
  std::ranges::sort(all, {}, &Seed::name);
  return all;
}

inline Bytes mutated(Bytes bytes, std::minstd_rand& random) {
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (std::size_t changes = 1 + below(8); changes != 0; --changes) {
    const std::size_t at = below(bytes.size() + 1);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    if (at == bytes.size() || below(4) == 0) {
      bytes.insert(place, static_cast<std::byte>(below(256)));
    } else if (below(4) == 0) {
      bytes.erase(place);
    } else if (below(4) == 0) {  // a part once more
      const Bytes part(place, place + static_cast<std::ptrdiff_t>(below(bytes.size() - at + 1)));
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size())), part.begin(),
                   part.end());
    } else {
      *place = static_cast<std::byte>(below(2) == 0 ? below(256) : below(4));
    }
  }
  bytes.resize(std::min(bytes.size(), kLongest));
  return bytes;
}

}  // namespace pactor::fuzz
