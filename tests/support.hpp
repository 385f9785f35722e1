// What tests of all kinds share: text, files, and whether they may take their time.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
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

// Empty if it cannot be read.
inline std::string read_file(const std::filesystem::path& path) {
  // Not by the iterators of its buffer: those throw where a file under /proc cannot be read to its end.
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace pactor::testing
