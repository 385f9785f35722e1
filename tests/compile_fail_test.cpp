// What users read when they get it wrong. Each file in compile_fail/ makes one mistake, and says in
// comments what a compiler must print of it near the top:
//
//     // expect: pactor: class Monitor has no method 'raed_status'
//     // expect-g++: ...      // expect-clang: ...      (where the compilers word it differently)
//     // anywhere: ...                                  (also further down)
//     // expect-success                                 (it compiles, perhaps with a warning)
//     // flags: -Wconversion
//     // at most: 130                                   (lines; where the macro is syntactically wrong)
//
// A text of pactor's own that is expected of both compilers must be in the very first error. And nobody wants to
// scroll: there is a bound to the whole.

#include "run_program.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#ifndef PACTOR_GXX
#define PACTOR_GXX ""
#define PACTOR_GXX_PRECOMPILED ""
#endif
#ifndef PACTOR_CLANGXX
#define PACTOR_CLANGXX ""
#define PACTOR_CLANGXX_PRECOMPILED ""
#endif

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLinesRead = 10;  // further down nobody looks
constexpr std::size_t kMostLines = 70;

struct Compiler {
  std::string command;
  std::string precompiled;  // a directory that holds pactor.hpp.gch
  std::string name;
};

const Compiler kGxx = {PACTOR_GXX, "-I" PACTOR_GXX_PRECOMPILED, "g++"};
const Compiler kClang = {
    PACTOR_CLANGXX, "-include-pch " PACTOR_CLANGXX_PRECOMPILED "/pactor/pactor.hpp.gch", "clang"};

void PrintTo(const Compiler& compiler, std::ostream* out) { *out << compiler.name; }

struct Result {
  int status = 0;
  std::vector<std::string> lines;

  [[nodiscard]] std::string top(std::size_t count) const {
    std::string text;
    for (std::size_t i = 0; i < lines.size() && i < count; ++i) text += lines[i] + '\n';
    return text;
  }
  [[nodiscard]] std::string first(const std::string& severity) const {
    for (const std::string& line : lines) {
      if (line.find(severity) != std::string::npos) return line;
    }
    return "";
  }
};

Result run(const std::string& command) {
  const pactor::testing::FinishedRun finished = pactor::testing::run_program({"sh", "-c", command});
  Result result{.status = finished.status, .lines = {}};
  std::istringstream text(finished.output);
  for (std::string line; std::getline(text, line);) result.lines.push_back(line);
  return result;
}

// What a file says of itself: the rest of each comment that begins so.
std::vector<std::string> said(const fs::path& file, const std::string& key) {
  std::vector<std::string> found;
  std::ifstream text(file);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("// " + key)) found.push_back(line.substr(3 + key.size()));
  }
  return found;
}

Result compile(const Compiler& compiler, const fs::path& file) {
  // Translated messages, and quotation marks that are not ASCII, would not compare.
  std::string command = "LC_ALL=C " + compiler.command + " -fsyntax-only -std=c++20 ";
  if (!pactor::testing::full()) command += compiler.precompiled;
  command += " -I" PACTOR_SOURCE_DIR;
  for (const std::string& flags : said(file, "flags: ")) command += " " + flags;
  return run(command + " " + file.string());
}

std::vector<std::string> snippets() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(PACTOR_SOURCE_DIR "/tests/compile_fail")) {
    if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem().string());
  }
  return names;
}

class CompileFail : public testing::TestWithParam<std::tuple<Compiler, std::string>> {};

TEST_P(CompileFail, SaysWhatIsWrongNearTheTopAndBriefly) {
  const auto& [compiler, name] = GetParam();
  if (compiler.command.empty()) GTEST_SKIP() << "there is no " << compiler.name << " here";
  const fs::path file = fs::path(PACTOR_SOURCE_DIR "/tests/compile_fail") / (name + ".cpp");
  const std::vector<std::string> of_both = said(file, "expect: ");
  const std::vector<std::string> of_one = said(file, "expect-" + compiler.name + ": ");
  const bool succeeds = !said(file, "expect-success").empty();
  ASSERT_TRUE(succeeds || of_both.size() + of_one.size() > 0)
      << file << " has no comment '// expect: ...'";

  const Result result = compile(compiler, file);
  EXPECT_EQ(result.status == 0, succeeds) << result.top(kLinesRead);
  for (const auto& texts : {of_both, of_one}) {
    for (const std::string& text : texts) {
      EXPECT_NE(result.top(kLinesRead).find(text), std::string::npos)
          << "missing near the top: " << text << "\nin:\n"
          << result.top(kLinesRead);
    }
  }
  for (const std::string& text : said(file, "anywhere: ")) {
    EXPECT_NE(result.top(kMostLines).find(text), std::string::npos)
        << "missing: " << text << "\nin:\n"
        << result.top(kMostLines);
  }
  const bool ours = !of_both.empty() && of_both.front().starts_with("pactor: ");
  if (ours) {
    const std::string first = result.first(succeeds ? "warning: " : "error: ");
    EXPECT_NE(first.find(of_both.front()), std::string::npos) << "comes first: " << first;
  }
  std::size_t most = kMostLines;
  for (const std::string& lines : said(file, "at most: ")) most = std::stoul(lines);
  EXPECT_LE(result.lines.size(), most) << result.top(most);
}

INSTANTIATE_TEST_SUITE_P(Snippets, CompileFail,
                         testing::Combine(testing::Values(kGxx, kClang),
                                          testing::ValuesIn(snippets())),
                         [](const auto& info) {
                           return std::get<1>(info.param) +
                                  (std::get<0>(info.param).name == "g++" ? "_gxx" : "_clang");
                         });

}  // namespace
