// Messages cost no system calls while both sides are busy, and waiting costs none at all: counted by
// strace, in the program, its keeper, its zygote and its actors together.
#include "run_program.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace {

using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using pactor::testing::test_program;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PACTOR_SKIP_UNDER_SANITIZERS() GTEST_SKIP() << "a sanitizer is linked in"
#else
#define PACTOR_SKIP_UNDER_SANITIZERS() static_cast<void>(0)
#endif

// The system calls that all processes of the subject began between its two marks.
class Trace {
 public:
  Trace(const std::string& mode, int amount) {
    // To its own stderr, which the subject does not use: no file is left behind.
    const FinishedRun run = run_program(
        {"strace", "-f", "-q", test_program("idle_subject"), mode, std::to_string(amount)});
    EXPECT_EQ(run.status, 0) << run.output.substr(
        run.output.size() > 4000 ? run.output.size() - 4000 : 0);
    std::istringstream lines(run.output);
    bool within = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.find("write(-1, \"begin\"") != std::string::npos) {
        within = begun = true;
      } else if (line.find("write(-1, \"end\"") != std::string::npos) {
        within = false;
        ended = true;
      } else if (within && line.find(" resumed>") == std::string::npos) {
        calls.push_back(line);
      }
    }
  }

  bool begun = false;
  bool ended = false;
  std::vector<std::string> calls;
};

TEST(SystemCalls, OfAStreamOfWhichBothSidesAreBusyAreNone) {
  PACTOR_SKIP_UNDER_SANITIZERS();
  const Trace trace("busy", 100'000);
  ASSERT_TRUE(trace.begun && trace.ended);
  EXPECT_EQ(trace.calls, std::vector<std::string>());
}

TEST(SystemCalls, OfABurstOfTellsToAnActorThatSleepsAreOneWakeUp) {
  PACTOR_SKIP_UNDER_SANITIZERS();
  const Trace trace("burst", 100);
  ASSERT_TRUE(trace.begun && trace.ended);
  // Others are the keeper's, whom it concerns that the actor is stopped.
  std::vector<std::string> futexes;
  std::ranges::copy_if(trace.calls, std::back_inserter(futexes), [](const std::string& call) {
    return call.find("futex") != std::string::npos;
  });
  ASSERT_EQ(futexes.size(), 1U) << ::testing::PrintToString(trace.calls);
  EXPECT_NE(futexes[0].find("FUTEX_WAKE"), std::string::npos) << futexes[0];
}

TEST(SystemCalls, OfAnIdleProgramAndItsActorsAreNone) {
  PACTOR_SKIP_UNDER_SANITIZERS();
  const Trace trace("idle", 10'000);
  ASSERT_TRUE(trace.begun && trace.ended);
  // But the subject's own, that waits until the time is over.
  ASSERT_EQ(trace.calls.size(), 1U) << ::testing::PrintToString(trace.calls);
  EXPECT_NE(trace.calls[0].find("poll("), std::string::npos) << trace.calls[0];
}

}  // namespace
