// The documents are true: the programs in them compile, run, and print what is said; what they name exists.
//
// The C++ of a document, block by block, is a row of programs: each ends with the block that has its main. If
// a block of `text` follows, it is what the program prints; otherwise the program is only compiled.
#include "run_program.hpp"
#include "scratch.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::FinishedRun;
using pactor::testing::read_file;
using pactor::testing::run_program;
using pactor::testing::Scratch;

const fs::path kTree = PACTOR_SOURCE_DIR;

// README.md and its neighbours, and what is in docs/.
std::vector<fs::path> documents() {
  std::set<fs::path> found;
  for (const auto& entry : fs::directory_iterator(kTree)) found.insert(entry.path());
  for (const auto& entry : fs::recursive_directory_iterator(kTree / "docs"))
    found.insert(entry.path());
  std::erase_if(found, [](const fs::path& path) { return path.extension() != ".md"; });
  return {found.begin(), found.end()};
}

// All but its code.
std::string prose(const fs::path& document) {
  std::ifstream file(document);
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) inside = !inside;
    if (!inside) text += line + "\n";
  }
  return text;
}

struct Block {
  std::string language;
  std::string text = {};
};

std::vector<Block> blocks(const fs::path& document) {
  std::ifstream file(document);
  std::vector<Block> found;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) found.push_back({line.substr(3)});
    } else if (inside) {
      found.back().text += line + "\n";
    }
  }
  return found;
}

struct Program {
  std::string code = {};
  std::optional<std::string> output = {};
};

std::vector<Program> programs(const fs::path& document) {
  std::vector<Program> found;
  bool complete = true;
  for (const Block& block : blocks(document)) {
    if (block.language == "cpp") {
      if (complete) found.emplace_back();
      found.back().code += block.text;
      complete = block.text.find("int main(") != std::string::npos;
    } else if (block.language == "text" && complete && !found.empty() && !found.back().output) {
      found.back().output = block.text;
    }
  }
  return found;
}

void expect_true(const Program& program) {
  const Scratch scratch;
  const std::string source = scratch.path() / "program.cpp";
  const std::string binary = scratch.path() / "program";
  std::ofstream(source) << program.code;
  std::vector<std::string> compile = {PACTOR_CXX, "-std=c++20",           "-Wall", "-Wextra",
                                      "-Werror",  "-I" PACTOR_SOURCE_DIR, source};
  if (program.output) {
    for (const char* word : {PACTOR_BINARY_DIR "/libpactor.a", "-o", binary.c_str()})
      compile.emplace_back(word);
  } else {
    compile.emplace_back("-fsyntax-only");
  }
  const FinishedRun compiled = run_program(compile);
  ASSERT_EQ(compiled.status, 0) << program.code << compiled.output;
  if (!program.output) return;
  const FinishedRun run = run_program({binary});
  EXPECT_EQ(run.status, 0) << program.code << run.output;
  EXPECT_EQ(run.output, *program.output) << program.code;
}

// One of the programs of a document, counted from 1.
struct Place {
  fs::path document;
  std::size_t number = 0;

  [[nodiscard]] std::string name() const {
    std::string text = fs::relative(document, kTree).replace_extension().string();
    for (char& letter : text) {
      if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
    }
    return text + "_" + std::to_string(number);
  }
  friend std::ostream& operator<<(std::ostream& to, const Place& place) {
    return to << place.name();
  }
};

std::vector<Place> all_programs() {
  std::vector<Place> found;
  for (const fs::path& document : documents()) {
    for (std::size_t i = 0; i < programs(document).size(); ++i) found.push_back({document, i + 1});
  }
  return found;
}

class Programs : public testing::TestWithParam<Place> {};

TEST_P(Programs, CompileAndPrintWhatIsShown) {
  const std::vector<Program> all = programs(GetParam().document);
  ASSERT_LE(GetParam().number, all.size()) << "build this test anew: the document has changed";
  expect_true(all[GetParam().number - 1]);
}

INSTANTIATE_TEST_SUITE_P(Docs, Programs, testing::ValuesIn(all_programs()),
                         [](const auto& place) { return place.param.name(); });

TEST(Docs, TheTourIsMadeOfProgramsThatAreRun) {
  const std::vector<Program> steps = programs(kTree / "docs/tour.md");
  EXPECT_GE(steps.size(), 8U);
  for (const Program& step : steps) EXPECT_TRUE(step.output.has_value()) << step.code;
}

TEST(Docs, EveryLinkToAFileLeadsToOne) {
  int links = 0;
  for (const fs::path& document : documents()) {
    const std::string text = prose(document);
    for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
      const std::string link = text.substr(at + 2, text.find_first_of(")#", at) - at - 2);
      if (link.empty() || link.find("://") != std::string::npos) continue;
      ++links;
      EXPECT_TRUE(fs::exists(document.parent_path() / link)) << document << ": " << link;
    }
  }
  EXPECT_GT(links, 20);
}

TEST(Docs, EveryCommandOfDevThatTheyNameExists) {
  const FinishedRun help = run_program({(kTree / "dev").string(), "--help"});
  ASSERT_EQ(help.status, 0) << help.output;
  int named = 0;
  for (const fs::path& document : documents()) {
    const std::string text = read_file(document);
    for (std::size_t at = text.find("./dev "); at != std::string::npos;
         at = text.find("./dev ", at + 1)) {
      const std::string rest = text.substr(at + 6);
      const std::string command =
          rest.substr(0, rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"));
      if (command.empty() || command.starts_with("-")) continue;
      ++named;
      const bool exists = help.output.find("\n  " + command + " ") != std::string::npos ||
                          help.output.find("\n  asan | " + command + " ") != std::string::npos;
      EXPECT_TRUE(exists) << document << ": ./dev " << command;
    }
  }
  EXPECT_GT(named, 5);
}

TEST(Docs, TheComparisonQuotesTheFiguresOfTheReadme) {
  const std::string readme = read_file(kTree / "README.md");
  std::ifstream comparison(kTree / "docs/comparison.md");
  int rows = 0;
  for (std::string line; std::getline(comparison, line);) {
    if (!line.starts_with("| pactor |")) continue;
    ++rows;
    std::istringstream cells(line);
    std::string cell;
    for (int i = 0; std::getline(cells, cell, '|'); ++i) {
      if (i < 3 || i > 5) continue;  // rates of asks and tells; the others are rounded
      EXPECT_NE(readme.find("|" + cell.substr(0, cell.size() - 1)), std::string::npos) << cell;
    }
  }
  EXPECT_EQ(rows, 1);
}

// "Each with its test": what docs/guarantees.md names exists.
TEST(Docs, EveryTestThatTheGuaranteesNameExists) {
  std::string tests;
  for (const char* folder : {"tests", "pactor"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kTree / folder)) {
      if (entry.path().string().ends_with("_test.cpp")) tests += read_file(entry.path());
    }
  }
  std::ifstream guarantees(kTree / "docs/guarantees.md");
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
