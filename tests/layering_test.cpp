// Holds what the tree promises a reader: includes go only downwards, own header first, every header
// guarded and introduced. The rules are functions of one file's path and text; the last test applies
// them to the whole repository, the others show that each rule refuses what it should.

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

// Words that every layer speaks; they include nothing but each other.
const std::set<std::string> kVocabulary = {"pactor/dead_letter", "pactor/error", "pactor/exit",
                                           "pactor/options"};

// Lowest first. What a file may include has its own rank or a lower one.
constexpr std::array<std::string_view, 4> kLayers = {"os", "wire", "mail", "runtime"};
constexpr int kPublicRank = kLayers.size();

// "pactor/mail/channel.hpp" and its .cpp are both the module "pactor/mail/channel".
std::string module_of(const fs::path& file) { return fs::path(file).replace_extension().string(); }

// nullopt: not of the library, or in a folder of it that has no rank.
std::optional<int> rank_of(const fs::path& file) {
  const std::vector<fs::path> parts(file.begin(), file.end());
  if (parts.size() < 2 || parts[0] != "pactor") return std::nullopt;
  if (parts.size() == 2) return kPublicRank;
  for (std::size_t rank = 0; rank < kLayers.size(); ++rank) {
    if (parts[1] == kLayers[rank]) return static_cast<int>(rank);
  }
  return std::nullopt;
}

struct Include {
  std::string name;
  bool quoted = false;
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  std::vector<Include> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) found.push_back({match[2], match[1] == "\""});
  }
  return found;
}

// What is wrong with this one include in this file; empty if nothing is.
std::string complaint_about(const fs::path& file, const Include& include) {
  const bool of_the_library = include.name.starts_with("pactor/");
  if (*file.begin() == "examples") {
    const bool is_public = !of_the_library || rank_of(include.name) == kPublicRank;
    return is_public ? "" : "an example uses only the headers at the top of pactor/";
  }
  if (*file.begin() != "pactor") return "";
  // What tests share lies under tests/, for it is not installed.
  const bool in_a_test = file.string().ends_with("_test.cpp");
  if (in_a_test && include.name.starts_with("tests/")) return "";
  if (include.quoted) return "spell it <pactor/...>";
  if (kVocabulary.contains(module_of(file))) {
    const bool allowed = !of_the_library || kVocabulary.contains(module_of(include.name));
    return allowed ? "" : "vocabulary headers include only each other";
  }
  if (!of_the_library || kVocabulary.contains(module_of(include.name))) return "";
  const std::optional<int> own = rank_of(file);
  const std::optional<int> other = rank_of(include.name);
  if (!own || !other) return "a folder without a rank: give it one in kLayers";
  return *other <= *own ? "" : "upwards: public headers -> runtime -> mail -> wire -> os";
}

// Everything wrong with one file. `has_header`: a header of the same name lies beside it.
std::vector<std::string> complaints(const fs::path& file, const std::string& text,
                                    bool has_header = false) {
  std::vector<std::string> found;
  const std::vector<Include> includes = includes_of(text);
  for (const Include& include : includes) {
    const std::string complaint = complaint_about(file, include);
    if (!complaint.empty()) found.push_back("includes " + include.name + ": " + complaint);
  }
  if (file.extension() == ".hpp") {
    static const std::regex kPragmaOnce(R"((^|\n)#pragma once\r?\n)");
    if (!text.starts_with("//")) found.push_back("does not start with a comment: say what it is");
    if (!std::regex_search(text, kPragmaOnce)) found.push_back("has no #pragma once");
  } else if (has_header) {
    // Outside of pactor/ it may be spelled "own.hpp".
    const std::string own = fs::path(file).replace_extension(".hpp").string();
    const std::string beside = fs::path(own).filename().string();
    const bool first =
        !includes.empty() && (includes.front().name == own ||
                              (includes.front().quoted && includes.front().name == beside));
    if (!first) {
      found.push_back("does not include its own header first: <" + own + ">");
    }
  }
  return found;
}

using Complaints = std::vector<std::string>;

TEST(Layering, AllowsDownwardsSidewaysAndVocabulary) {
  const std::string text =
      "#include <pactor/error.hpp>\n#include <pactor/mail/ring.hpp>\n"
      "#include <pactor/wire/encoder.hpp>\n#include <pactor/os/futex.hpp>\n#include <atomic>\n";
  EXPECT_EQ(complaints("pactor/mail/channel.cpp", text), Complaints{});
  EXPECT_EQ(complaints("pactor/runtime/loop.cpp", text), Complaints{});
  EXPECT_EQ(complaints("pactor/actor.cpp", text), Complaints{});
}

TEST(Layering, RefusesAnIncludeUpwards) {
  const auto refused = [](const fs::path& file, const std::string& included) {
    return complaints(file, "#include <" + included + ">\n").size() == 1;
  };
  EXPECT_TRUE(refused("pactor/os/futex.cpp", "pactor/wire/encoder.hpp"));
  EXPECT_TRUE(refused("pactor/wire/encoder.cpp", "pactor/mail/channel.hpp"));
  EXPECT_TRUE(refused("pactor/mail/channel.cpp", "pactor/runtime/loop.hpp"));
  EXPECT_TRUE(refused("pactor/runtime/loop.cpp", "pactor/proxy.hpp"));
  EXPECT_TRUE(refused("pactor/os/futex.cpp", "pactor/pactor.hpp"));
}

TEST(Layering, RefusesVocabularyThatIncludesMore) {
  EXPECT_EQ(complaints("pactor/error.cpp", "#include <pactor/exit.hpp>\n"), Complaints{});
  EXPECT_EQ(complaints("pactor/error.cpp", "#include <pactor/os/fd.hpp>\n").size(), 1U);
  EXPECT_EQ(complaints("pactor/exit.cpp", "#include <pactor/actor.hpp>\n").size(), 1U);
}

TEST(Layering, RefusesAFolderWithoutARank) {
  EXPECT_EQ(complaints("pactor/net/nats.cpp", "#include <pactor/os/fd.hpp>\n").size(), 1U);
  EXPECT_EQ(complaints("pactor/actor.cpp", "#include <pactor/net/nats.hpp>\n").size(), 1U);
}

TEST(Layering, KeepsExamplesToThePublicHeaders) {
  EXPECT_EQ(complaints("examples/01_a.cpp", "#include <pactor/pactor.hpp>\n"), Complaints{});
  EXPECT_EQ(complaints("examples/01_a.cpp", "#include <pactor/os/fd.hpp>\n").size(), 1U);
  EXPECT_EQ(complaints("tests/crash_test.cpp", "#include <pactor/os/fd.hpp>\n"), Complaints{});
}

TEST(Layering, ReadsIncludesAsThePreprocessorDoes) {
  EXPECT_EQ(complaints("pactor/os/fd.cpp", "//   #include <pactor/pactor.hpp>\n"), Complaints{});
  EXPECT_EQ(complaints("pactor/os/fd.cpp", "  #  include <pactor/pactor.hpp>\n").size(), 1U);
  EXPECT_EQ(complaints("pactor/os/fd.cpp", "#include \"pactor/os/fd.hpp\"\n").size(), 1U);
}

TEST(Layering, WantsTheOwnHeaderFirst) {
  const std::string own = "#include <pactor/os/fd.hpp>\n";
  EXPECT_EQ(complaints("pactor/os/fd.cpp", own + "#include <string>\n", true), Complaints{});
  EXPECT_EQ(complaints("pactor/os/fd.cpp", "#include <string>\n" + own, true).size(), 1U);
  EXPECT_EQ(complaints("pactor/os/fd.cpp", "", true).size(), 1U);
}

TEST(Layering, WantsHeadersGuardedAndIntroduced) {
  EXPECT_EQ(complaints("pactor/os/fd.hpp", "// Owns one.\n#pragma once\n"), Complaints{});
  EXPECT_EQ(complaints("pactor/os/fd.hpp", "// Owns one.\nint i;\n").size(), 1U);
  EXPECT_EQ(complaints("pactor/os/fd.hpp", "// Owns one.\n// #pragma once\n").size(), 1U);
  EXPECT_EQ(complaints("pactor/os/fd.hpp", "#pragma once\n").size(), 1U);
}

TEST(Layering, HoldsInThisRepository) {
  const fs::path root = PACTOR_SOURCE_DIR;
  std::size_t files = 0;
  for (const char* folder : {"pactor", "cli", "examples", "bench", "tests"}) {
    if (!fs::exists(root / folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      const fs::path& path = entry.path();
      if (path.extension() != ".hpp" && path.extension() != ".cpp") continue;
      const bool has_header = fs::exists(fs::path(path).replace_extension(".hpp"));
      std::ifstream stream(path);
      const std::string text(std::istreambuf_iterator<char>(stream), {});
      const fs::path file = path.lexically_relative(root);
      for (const std::string& complaint : complaints(file, text, has_header)) {
        ADD_FAILURE() << file.string() << ' ' << complaint;
      }
      ++files;
    }
  }
  EXPECT_GT(files, 10U) << "nothing to look at below " << root;
}

}  // namespace
