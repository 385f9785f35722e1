// What a message costs its sender and its receiver, in instructions of pactor's own: that is recorded, in
// tests/instructions/recorded.txt, and does not change unnoticed. Unlike times, counts are the same in each run, also
// on a busy machine.
//
//     PACTOR_RECORD=1 build/dev/tests/tests_instructions_test      # record what it costs now
//
// Another compiler makes other instructions. So they are counted with the reference compiler alone, and compiled alike
// whatever the build's own options are (instructions/CMakeLists.txt).
#include "instructions/profile.hpp"
#include "run_program.hpp"
#include "scratch.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace {

using pactor::testing::Profile;

constexpr double kTolerated = 0.05;
constexpr double kRounded =
    0.1;  // what is recorded, and what few messages do: one in 32 frees room
constexpr const char* kRecordFile = PACTOR_SOURCE_DIR "/tests/instructions/recorded.txt";

// Of one side, per message.
struct Cost {
  double instructions = 0;
  double atomics = 0;
  double library_calls = 0;
};

template <class... Value>
std::string text_of(const char* format, Value... values) {
  std::array<char, 160> text;
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

// ---- The record ------------------------------------------------------------------------------

// Lines such as "tell_8 sender 123.4 1.0 6.0", below others that begin with #.
std::optional<Cost> recorded(const std::string& variant, const std::string& side) {
  std::ifstream file(kRecordFile);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, of;
    Cost cost;
    if (words >> name >> of >> cost.instructions >> cost.atomics >> cost.library_calls &&
        name == variant && of == side) {
      return cost;
    }
  }
  return std::nullopt;
}

void record(const std::string& variant, const std::string& side, const Cost& cost) {
  const std::string key = text_of("%-16s%-9s", variant.c_str(), side.c_str());
  const std::string line =
      key + text_of("%13.1f%10.1f%8.1f\n", cost.instructions, cost.atomics, cost.library_calls);
  std::istringstream before(pactor::testing::read_file(kRecordFile));
  std::string after;
  bool known = false;
  for (std::string old; std::getline(before, old);) {
    const bool is_it = old.starts_with(key);
    after += is_it ? line : old + '\n';
    known = known || is_it;
  }
  if (!known) after += line;
  std::ofstream(kRecordFile) << after;
  std::printf("recorded: %s", line.c_str());
}

// ---- The comparison --------------------------------------------------------------------------

struct Changes {
  std::string text;
  bool more = false;

  void compare(const char* of_what, double was, double is) {
    const double tolerated = was * kTolerated + kRounded;
    if (std::abs(is - was) <= tolerated) return;
    text += text_of("%s: %.1f recorded, %.1f now", of_what, was, is);
    if (was != 0) text += text_of(", %+.1f %%", (is / was - 1) * 100);
    text += '\n';
    more = more || is > was;
  }
};

std::string costliest(const Profile& profile, double messages) {
  constexpr std::size_t kShown = 12, kLongestName = 100;
  std::string text = "instructions (atomic ones) of each function, without what it calls:\n";
  std::size_t shown = 0;
  for (const auto& [name, cost] : profile.by_instructions()) {
    if (++shown > kShown) break;
    text += text_of("%8.1f (%.1f)  ", static_cast<double>(cost.instructions) / messages,
                    static_cast<double>(cost.atomics) / messages) +
            name.substr(0, kLongestName) + (name.size() > kLongestName ? "...\n" : "\n");
  }
  return text;
}

void expect_as_recorded(const std::string& variant, const std::string& side) {
  const pactor::testing::Scratch scratch;
  const std::string out = scratch.path() / "callgrind.out";
  // The sender's turns are what runs in the place of Mailbox::wait(), the receiver's is all else. Counted is from a
  // call of the one function to a call of the other, which makes a file of its own.
  const pactor::testing::FinishedRun run = pactor::testing::run_program(
      {"valgrind", "-q", "--tool=callgrind", "--vgdb=no", "--callgrind-out-file=" + out,
       "--collect-bus=yes", "--toggle-collect=__wrap__ZN6pactor4mail7Mailbox4waitEv",
       side == "sender" ? "--collect-atstart=no" : "--collect-atstart=yes",  // behind the toggle
       "--zero-before=pactor_count_from_here", "--dump-before=pactor_count_to_here",
       PACTOR_INSTRUCTIONS_SUBJECT, variant});
  ASSERT_EQ(run.status, 0) << "it runs under valgrind, which has to be installed: " << run.output;
  const double messages = std::strtod(run.output.c_str(), nullptr);
  ASSERT_GT(messages, 0) << run.output;
  const Profile profile = pactor::testing::read_profile(out + ".1", "instructions_subject");
  const Profile::Cost whole = profile.whole();
  ASSERT_GT(whole.instructions, 0U) << "callgrind has written no profile: " << run.output;
  const Cost now{.instructions = static_cast<double>(whole.instructions) / messages,
                 .atomics = static_cast<double>(whole.atomics) / messages,
                 .library_calls = static_cast<double>(profile.library_calls) / messages};

  if (std::getenv("PACTOR_RECORD") != nullptr) return record(variant, side, now);
  const std::string command =
      "    PACTOR_RECORD=1 " PACTOR_BINARY_DIR "/tests/tests_instructions_test\n";
  const std::optional<Cost> before = recorded(variant, side);
  ASSERT_TRUE(before) << variant << ", " << side << ": nothing is recorded; do that:\n" << command;
  Changes changes;
  changes.compare("instructions per message", before->instructions, now.instructions);
  changes.compare("atomic ones of them", before->atomics, now.atomics);
  changes.compare("calls of libraries", before->library_calls, now.library_calls);
  if (changes.text.empty()) return;
  ADD_FAILURE() << variant << ", " << side << ":\n"
                << changes.text << costliest(profile, messages)
                << (changes.more
                        ? "Make it cheaper. Or, if it is worth that, record it and say why in the "
                          "commit:\n"
                        : "Record what was gained, so that it is not lost unnoticed:\n")
                << command;
}

void expect_as_recorded(const std::string& variant) {
  if (std::string_view(PACTOR_INSTRUCTIONS_SUBJECT).empty())
    GTEST_SKIP() << variant << " is counted with g++ 12, for x86-64, without sanitizers";
  expect_as_recorded(variant, "sender");
  expect_as_recorded(variant, "receiver");
}

TEST(Instructions, OfATellOf8BytesAreAsRecorded) { expect_as_recorded("tell_8"); }
TEST(Instructions, OfATellOf8BytesAmong16AreAsRecorded) { expect_as_recorded("tell_8_in_16s"); }
TEST(Instructions, OfATellOf64BytesAreAsRecorded) { expect_as_recorded("tell_64"); }
TEST(Instructions, OfATellOf1024BytesAreAsRecorded) { expect_as_recorded("tell_1024"); }
TEST(Instructions, OfATellOfAStringAreAsRecorded) { expect_as_recorded("tell_string_20"); }
TEST(Instructions, OfAnAskOf8BytesAreAsRecorded) { expect_as_recorded("ask_8"); }

}  // namespace
