// What users read when they get it wrong. Each file in compile_fail/ makes one mistake, and says in
// a comment which text the compiler must print near the top:
//
//     // expect: pactor: class Monitor has no method 'raed_status'
//     // expect-g++: ...      // expect-clang: ...      (where the text is the compiler's own)
//     // expect-success                                 (the control: it has no mistake)

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#ifndef PACTOR_CXX
#define PACTOR_CXX "c++"
#endif

namespace {

namespace fs = std::filesystem;

struct Result {
  int status = 0;
  std::vector<std::string> lines;
};

Result run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, {"cannot run " + command}};
  std::string output;
  std::array<char, 4096> block;
  for (std::size_t n = 0; (n = fread(block.data(), 1, block.size(), pipe)) > 0;) {
    output.append(block.data(), n);
  }
  Result result;
  result.status = pclose(pipe);
  std::istringstream text(output);
  for (std::string line; std::getline(text, line);) result.lines.push_back(line);
  return result;
}

bool is_clang() {
  static const bool clang = [] {
    for (const std::string& line : run(std::string(PACTOR_CXX) + " --version").lines) {
      if (line.find("clang") != std::string::npos) return true;
    }
    return false;
  }();
  return clang;
}

// Translated messages, and quotation marks that are not ASCII, would not compare.
Result compile(const fs::path& file) {
  return run("LC_ALL=C " PACTOR_CXX " -fsyntax-only -std=c++20 -I" PACTOR_SOURCE_DIR " " +
             file.string());
}

// What the file expects of this compiler; several texts may be.
std::vector<std::string> expectations(const fs::path& file) {
  const std::string own = is_clang() ? "// expect-clang: " : "// expect-g++: ";
  std::vector<std::string> found;
  std::ifstream text(file);
  for (std::string line; std::getline(text, line);) {
    for (const std::string& key : {std::string("// expect: "), own}) {
      if (line.starts_with(key)) found.push_back(line.substr(key.size()));
    }
    if (line == "// expect-success") found.push_back("");
  }
  return found;
}

constexpr std::size_t kLinesRead = 10;  // further down nobody looks

std::string top_of(const Result& result) {
  std::string top;
  for (std::size_t i = 0; i < result.lines.size() && i < kLinesRead; ++i) {
    top += result.lines[i] + '\n';
  }
  return top;
}

std::vector<std::string> snippets() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(PACTOR_SOURCE_DIR "/tests/compile_fail")) {
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  }
  return names;
}

class CompileFail : public testing::TestWithParam<std::string> {};

TEST_P(CompileFail, SaysWhatIsWrongNearTheTop) {
  const fs::path file = fs::path(PACTOR_SOURCE_DIR "/tests/compile_fail") / (GetParam() + ".cpp");
  const std::vector<std::string> expected = expectations(file);
  ASSERT_FALSE(expected.empty()) << file << " has no comment '// expect: ...'";

  const Result result = compile(file);
  const std::string top = top_of(result);
  if (expected == std::vector<std::string>{""}) {
    EXPECT_EQ(result.status, 0) << top;
    return;
  }
  EXPECT_NE(result.status, 0) << file << " compiles";
  for (const std::string& text : expected) {
    EXPECT_NE(top.find(text), std::string::npos) << "missing: " << text << "\nin:\n" << top;
  }
}

INSTANTIATE_TEST_SUITE_P(Snippets, CompileFail, testing::ValuesIn(snippets()),
                         [](const auto& info) { return info.param; });

}  // namespace
