// What tests share that build projects of somebody else's with pactor in them.
//
//     class Install : public consumer::ConsumerTest {};
//     configure(consumer::kProjects / "find_package", "-DCMAKE_PREFIX_PATH=...");
//     build_project();
//     EXPECT_EQ(output_of("consumer"), consumer::kWorks);
#pragma once

#include "run_program.hpp"
#include "scratch.hpp"
#include "support.hpp"

#include <gtest/gtest.h>
#include <pactor/version.hpp>

#include <filesystem>
#include <fstream>
#include <string>

namespace consumer {

namespace fs = std::filesystem;
using pactor::testing::contains;
using pactor::testing::full;
using pactor::testing::read_file;

inline const fs::path kTree = PACTOR_SOURCE_DIR;
inline const fs::path kProjects = kTree / "tests/install";
inline constexpr const char* kWorks = "pactor " PACTOR_VERSION ": 3\n";  // what consumer.cpp prints

// What README has its readers type or write: the line with this text, without the comment behind it.
inline std::string line_of_readme(const std::string& text) {
  std::ifstream readme(kTree / "README.md");
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("    ") || !contains(line, text)) continue;
    const std::string told = line.substr(4, line.find("  #") - 4);
    return told.substr(0, told.find_last_not_of(' ') + 1);
  }
  ADD_FAILURE() << "README has no line with " << text;
  return text;
}

// In a shell; fails the test if the command does. What it printed.
inline std::string run(const std::string& command) {
  const pactor::testing::FinishedRun finished = pactor::testing::run_program({"sh", "-c", command});
  EXPECT_EQ(finished.status, 0) << command << '\n' << finished.output;
  return finished.output;
}

inline bool needs_the_shared_library(const fs::path& program) {
  return contains(run("readelf -d " + program.string()), "[libpactor.so.");
}

class ConsumerTest : public testing::Test {
 protected:
  [[nodiscard]] const fs::path& scratch() const { return scratch_.path(); }
  [[nodiscard]] fs::path build() const { return scratch() / "build"; }

  // What CMake said.
  std::string configure(const fs::path& project, const std::string& options) {
    return run("cmake -G Ninja -S " + project.string() + " -B " + build().string() +
               " -DCMAKE_CXX_COMPILER=" PACTOR_CXX " " + options);
  }
  void build_project() { run("cmake --build " + build().string()); }
  [[nodiscard]] std::string output_of(const std::string& program) const {
    return run((build() / program).string());
  }

 private:
  pactor::testing::Scratch scratch_;
};

}  // namespace consumer
