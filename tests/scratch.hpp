// A directory that a test has for itself.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace pactor::testing {

// A directory below the build's, removed with all that is in it.
class Scratch {
 public:
  Scratch() {
    std::string name = PACTOR_BINARY_DIR "/tests/scratch-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace pactor::testing
