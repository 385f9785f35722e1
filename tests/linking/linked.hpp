// What tests of linking share: where the programs are, and what subject.cpp prints.
#pragma once

#include <string>

inline std::string linked(const std::string& name) {
  return PACTOR_BINARY_DIR "/tests/linking/" + name;
}

inline constexpr const char* kUsed =
    "total: 55\n"
    "static object: made before main\n"
    "in a thread: 7\n"
    "exception: thrown over there\n"
    "end: actor 'app::Counter' was closed and ended in order\n";
