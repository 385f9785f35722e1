// The documents are true: the programs in them compile, run, and print what is said.
#include "run_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::FinishedRun;
using pactor::testing::run_program;

// The fenced C++ blocks of a document.
std::vector<std::string> code_blocks(const fs::path& document) {
  std::ifstream file(document);
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (!inside && line.starts_with("```cpp")) {
      inside = true;
      blocks.emplace_back();
    } else if (inside && line.starts_with("```")) {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

// A directory of its own, removed with all that is in it.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "pactor-docs-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Scratch() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

FinishedRun build_and_run(const std::string& program) {
  const Scratch scratch;
  const fs::path source = scratch.path() / "program.cpp";
  const fs::path binary = scratch.path() / "program";
  std::ofstream(source) << program;
  std::vector<std::string> compile = {PACTOR_CXX, "-std=c++20",           "-Wall",        "-Wextra",
                                      "-Werror",  "-I" PACTOR_SOURCE_DIR, source.string()};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  compile.emplace_back("-fsyntax-only");  // the library at hand wants the sanitizer's runtime
  return run_program(compile);
#else
  for (const std::string& word :
       {std::string(PACTOR_BINARY_DIR "/libpactor.a"), std::string("-o"), binary.string()}) {
    compile.push_back(word);
  }
  const FinishedRun compiled = run_program(compile);
  return compiled.status == 0 ? run_program({binary.string()}) : compiled;
#endif
}

TEST(Docs, TheProgramsInTheDocumentsCompileAndRun) {
  std::vector<fs::path> documents = {PACTOR_SOURCE_DIR "/README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(PACTOR_SOURCE_DIR "/docs")) {
    if (entry.path().extension() == ".md") documents.push_back(entry.path());
  }
  int programs = 0;
  for (const fs::path& document : documents) {
    for (const std::string& block : code_blocks(document)) {
      if (block.find("int main") == std::string::npos) continue;
      ++programs;
      const FinishedRun run = build_and_run(block);
      EXPECT_EQ(run.status, 0) << document << ":\n" << block << run.output;
    }
  }
  EXPECT_GT(programs, 0);
}

TEST(Docs, TheHelloOfTheReadmePrintsThree) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "only compiled under a sanitizer";
#endif
  const std::vector<std::string> blocks = code_blocks(PACTOR_SOURCE_DIR "/README.md");
  ASSERT_FALSE(blocks.empty());
  EXPECT_EQ(build_and_run(blocks.front()).output, "3\n");
}

// "Each with its test": what docs/guarantees.md names exists.
TEST(Docs, EveryTestThatTheGuaranteesNameExists) {
  std::ostringstream all_tests;
  for (const char* folder : {"/tests", "/pactor"}) {
    for (const auto& entry :
         fs::recursive_directory_iterator(std::string(PACTOR_SOURCE_DIR) + folder)) {
      if (entry.path().string().ends_with("_test.cpp"))
        all_tests << std::ifstream(entry.path()).rdbuf();
    }
  }
  const std::string tests = all_tests.str();
  std::ifstream guarantees(PACTOR_SOURCE_DIR "/docs/guarantees.md");
  int named = 0;
  for (std::string word; guarantees >> word;) {
    const std::size_t begin = word.find('`');
    const std::size_t dot = word.find('.', begin);
    const std::size_t end = word.find('`', dot);
    if (begin == std::string::npos || dot == std::string::npos || end == std::string::npos)
      continue;
    const std::string suite = word.substr(begin + 1, dot - begin - 1);
    const std::string name = word.substr(dot + 1, end - dot - 1);
    const bool is_test_name = !suite.empty() && !name.empty() && std::isupper(suite.front()) != 0 &&
                              std::isupper(name.front()) != 0;
    if (!is_test_name) continue;
    ++named;
    const bool exists = tests.find("(" + suite + ", " + name + ")") != std::string::npos;
    EXPECT_TRUE(exists) << suite << "." << name;
  }
  EXPECT_GT(named, 20);
}

}  // namespace
