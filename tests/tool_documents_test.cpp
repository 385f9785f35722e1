// The man page and the completions of the tool name its commands and options, all of them and no others.

#include "run_program.hpp"
#include "support.hpp"

#include <gtest/gtest.h>
#include <pactor/version.hpp>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using Words = std::set<std::string>;

std::string run(const std::vector<std::string>& command) {
  const FinishedRun finished = run_program(command);
  EXPECT_EQ(finished.status, 0) << testing::PrintToString(command) << '\n' << finished.output;
  return finished.output;
}

std::string help_of(const std::string& command) {
  std::vector<std::string> line = {PACTOR_BINARY_DIR "/bin/pactor", "--help"};
  if (!command.empty()) line.insert(line.begin() + 1, command);
  return run(line);
}

std::string document(const std::string& name) {
  return pactor::testing::read_file(PACTOR_SOURCE_DIR "/cli/" + name);
}

// What the expression's only group matches, everywhere in the text.
Words all(const std::string& text, const std::string& expression) {
  const std::regex pattern(expression);
  Words found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.insert((*match)[1]);
  }
  return found;
}

Words options_of(const std::string& command) { return all(help_of(command), "--([a-z][a-z-]*)"); }

Words commands() {
  const std::string help = help_of("");
  return all(help.substr(help.find("Subcommands:")), "\n  ([a-z]+) ");
}

Words options_of_all() {
  Words found = options_of("");
  for (const std::string& command : commands()) found.merge(options_of(command));
  return found;
}

TEST(ToolDocuments, HaveSomethingToBeHeldTo) {
  EXPECT_TRUE(commands().contains("demo"));
  EXPECT_TRUE(options_of("demo").contains("every"));
  EXPECT_TRUE(options_of("").contains("version"));
}

TEST(ToolDocuments, TheToolSaysTheVersionOfTheHeader) {
  EXPECT_EQ(run({PACTOR_BINARY_DIR "/bin/pactor", "--version"}), "pactor " PACTOR_VERSION "\n");
}

TEST(ToolDocuments, TheManPageNamesEveryCommandAndOption) {
  const std::string page = document("pactor.1");
  EXPECT_EQ(all(page, "\\.It Cm ([a-z]+)"), commands());
  EXPECT_EQ(all(page, "\\.It .*Fl Fl ([a-z-]+)"), options_of_all());
}

TEST(ToolDocuments, TheCompletionsForZshNameEveryCommandAndOption) {
  const std::string text = document("completions/_pactor");
  EXPECT_EQ(all(text, "--([a-z-]+)\\["), options_of_all());
  EXPECT_EQ(all(text, "[( ]([a-z]+)\\\\:\""), commands());
}

TEST(ToolDocuments, TheCompletionsForFishNameEveryCommandAndOption) {
  const std::string text = document("completions/pactor.fish");
  EXPECT_EQ(all(text, " -l ([a-z-]+)"), options_of_all());
  EXPECT_EQ(all(text, "__fish_use_subcommand -a ([a-z]+)"), commands());
}

// As bash would ask, at the end of this line.
Words completions_of(const std::vector<std::string>& line) {
  std::string words;
  for (const std::string& word : line) words += "'" + word + "' ";
  std::istringstream answer(
      run({"bash", "-c",
           "source " PACTOR_SOURCE_DIR "/cli/completions/pactor.bash; COMP_WORDS=(" + words +
               "); COMP_CWORD=" + std::to_string(line.size() - 1) +
               "; _pactor; echo ${COMPREPLY[@]}"}));
  return {std::istream_iterator<std::string>(answer), {}};
}

TEST(ToolDocuments, BashCompletesEveryCommandAndOption) {
  Words first = commands();
  for (const std::string& option : options_of("")) first.insert("--" + option);
  EXPECT_EQ(completions_of({"pactor", ""}), first);
  for (const std::string& command : commands()) {
    Words options;
    for (const std::string& option : options_of(command)) options.insert("--" + option);
    EXPECT_EQ(completions_of({"pactor", command, ""}), options) << command;
  }
  EXPECT_EQ(completions_of({"pactor", "demo", "--ev"}), Words{"--every"});
  EXPECT_TRUE(completions_of({"pactor", "demo", "--for", ""}).contains("5s"));
}

}  // namespace
