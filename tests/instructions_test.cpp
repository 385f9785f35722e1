// What a message costs, in instructions of pactor's own: it is recorded, in tests/instructions/recorded.txt, and does not
// change unnoticed. Unlike times, counts are the same in each run, on a busy machine too.
//
//     PACTOR_RECORD=1 build/dev/tests/tests_instructions_test      # record what it costs now
//
// Another compiler makes other instructions; so they are counted with the reference compiler alone, whatever the build's
// options are (instructions/CMakeLists.txt).
#include "instructions/profile.hpp"
#include "run_program.hpp"
#include "scratch.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace {

using pactor::testing::Profile;

constexpr double kTolerated = 0.05;
constexpr const char* kRecordFile = PACTOR_SOURCE_DIR "/tests/instructions/recorded.txt";

// Per message.
struct Cost {
  double instructions = 0;
  double library_calls = 0;
};

std::string with_decimal(double value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

// "tell_8  1234.5  6.0", and lines that begin with #.
std::optional<Cost> recorded(const std::string& variant) {
  std::ifstream file(kRecordFile);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    Cost cost;
    if (words >> name >> cost.instructions >> cost.library_calls && name == variant) return cost;
  }
  return std::nullopt;
}

void record(const std::string& variant, const Cost& cost) {
  std::array<char, 80> line;
  std::snprintf(line.data(), line.size(), "%-16s %8.1f %8.1f\n", variant.c_str(), cost.instructions,
                cost.library_calls);
  std::istringstream before(pactor::testing::read_file(kRecordFile));
  std::string after;
  bool known = false;
  for (std::string old; std::getline(before, old);) {
    const bool is_it = old.starts_with(variant + ' ');
    after += is_it ? line.data() : old + '\n';
    known = known || is_it;
  }
  if (!known) after += line.data();
  std::ofstream(kRecordFile) << after;
  std::printf("recorded: %s", line.data());
}

// Empty if what is recorded still holds.
std::string change(const char* of_what, double was, double is) {
  if (is <= was * (1 + kTolerated) && is >= was * (1 - kTolerated)) return {};
  const double percent = was == 0 ? 100 : (is / was - 1) * 100;
  return std::string(of_what) + " per message: " + with_decimal(was) + " are recorded, " +
         with_decimal(is) + " it is now, " + with_decimal(std::abs(percent)) + " % " +
         (is > was ? "more" : "fewer") + ".\n";
}

std::string costliest(const Profile& profile, double messages) {
  constexpr std::size_t kShown = 12;
  std::string text = "Instructions of each function, without those of what it calls:\n";
  std::size_t shown = 0;
  for (const auto& [name, count] : profile.by_cost()) {
    if (++shown > kShown) break;
    std::array<char, 32> cost;
    std::snprintf(cost.data(), cost.size(), "%8.1f  ", static_cast<double>(count) / messages);
    text += cost.data() + name + '\n';
  }
  return text;
}

void expect_as_recorded(const std::string& variant) {
#if defined(PACTOR_INSTRUCTIONS_SUBJECT)
  const pactor::testing::Scratch scratch;
  const std::string out = scratch.path() / "callgrind.out";
  // From a call of the one function to a call of the other; the second part is what comes behind.
  const pactor::testing::FinishedRun run = pactor::testing::run_program(
      {"valgrind", "-q", "--tool=callgrind", "--vgdb=no", "--callgrind-out-file=" + out,
       "--zero-before=pactor_count_from_here", "--dump-before=pactor_count_to_here",
       PACTOR_INSTRUCTIONS_SUBJECT, variant});
  ASSERT_EQ(run.status, 0) << "valgrind is needed, and has to end well: " << run.output;
  const double messages = std::strtod(run.output.c_str(), nullptr);
  ASSERT_GT(messages, 0) << run.output;
  const Profile profile = pactor::testing::read_profile(out + ".1", "instructions_subject");
  const Cost now{.instructions = static_cast<double>(profile.instructions()) / messages,
                 .library_calls = static_cast<double>(profile.library_calls) / messages};
  ASSERT_GT(now.instructions, 0) << "callgrind has written no profile: " << run.output;

  const std::string command = "PACTOR_RECORD=1 " PACTOR_BINARY_DIR "/tests/tests_instructions_test";
  if (std::getenv("PACTOR_RECORD") != nullptr) return record(variant, now);
  const std::optional<Cost> before = recorded(variant);
  ASSERT_TRUE(before) << variant << " is not in " << kRecordFile << "; record it: " << command;
  const std::string changes =
      change("Instructions", before->instructions, now.instructions) +
      change("Calls of libraries", before->library_calls, now.library_calls);
  const bool grows = now.instructions > before->instructions * (1 + kTolerated) ||
                     now.library_calls > before->library_calls * (1 + kTolerated);
  EXPECT_TRUE(changes.empty())
      << variant << "\n"
      << changes << costliest(profile, messages)
      << (grows ? "Make it cheaper. Or, if it is worth that, record it anew and say why in the "
                  "commit:\n"
                : "Record that, or the next change may cost as much again and nobody notices:\n")
      << "    " << command;
#else
  GTEST_SKIP() << variant << " is counted with g++ 12 on x86-64, without sanitizers";
#endif
}

TEST(Instructions, OfATellOf8BytesAreAsRecorded) { expect_as_recorded("tell_8"); }
TEST(Instructions, OfATellOf8BytesAmong16AreAsRecorded) { expect_as_recorded("tell_8_in_16s"); }
TEST(Instructions, OfATellOf64BytesAreAsRecorded) { expect_as_recorded("tell_64"); }
TEST(Instructions, OfATellOf1024BytesAreAsRecorded) { expect_as_recorded("tell_1024"); }
TEST(Instructions, OfATellOfAStringAreAsRecorded) { expect_as_recorded("tell_string_20"); }
TEST(Instructions, OfAnAskOf8BytesAreAsRecorded) { expect_as_recorded("ask_8"); }

}  // namespace
