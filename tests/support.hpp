// What tests of all kinds share: text, files, and whether they may take their time.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace pactor::testing {

// `./dev test --full`: tests that take minutes run, and others at full size.
inline bool full() {
  const char* asked = std::getenv("PACTOR_FULL");
  return asked != nullptr && std::string_view(asked) == "1";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Empty if it cannot be read; a process's file in /proc cannot once that has ended.
inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  try {
    return {std::istreambuf_iterator<char>(file), {}};
  } catch (const std::ios_base::failure&) {
    return {};
  }
}

}  // namespace pactor::testing
