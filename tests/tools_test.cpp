// Programs with actors under the tools that people debug with, and in the places where they deploy.
#include "run_program.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace {

using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using pactor::testing::test_program;

constexpr const char* kResult = "total 1000, again 1000, actor 'Counter' was closed";

::testing::AssertionResult printed(const FinishedRun& run, std::string_view text) {
  const bool found = run.output.find(text) != std::string::npos;
  return (found ? ::testing::AssertionSuccess() : ::testing::AssertionFailure())
         << "\"" << text << (found ? "\" in:\n" : "\" not in:\n") << run.output;
}

// Sanitizers and these tools watch the same things, and do not get along.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PACTOR_SKIP_UNDER_SANITIZERS() GTEST_SKIP() << "a sanitizer is linked in"
#else
#define PACTOR_SKIP_UNDER_SANITIZERS() static_cast<void>(0)
#endif

TEST(Tools, AProgramWithActorsRunsAsItIs) {
  const FinishedRun run = run_program({test_program("tools_subject")});
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(printed(run, kResult));
}

TEST(Tools, AFilterThatRefusesClone3ChangesNothing) {
  const FinishedRun run = run_program({test_program("tools_subject"), "no-clone3"});
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(printed(run, kResult));
}

TEST(Tools, GdbBreaksInAMethodOfAnActor) {
  PACTOR_SKIP_UNDER_SANITIZERS();
  const FinishedRun run = run_program({"gdb",
                                       "-nx",
                                       "-batch",
                                       "-ex",
                                       "set pagination off",
                                       "-ex",
                                       "set detach-on-fork off",
                                       "-ex",
                                       "set schedule-multiple on",
                                       "-ex",
                                       "set non-stop off",
                                       "-ex",
                                       "break Counter::total_in_a_thread",
                                       "-ex",
                                       "run",
                                       "-ex",
                                       "print total_",
                                       "-ex",
                                       "delete",
                                       "-ex",
                                       "continue",
                                       test_program("tools_subject")});
  EXPECT_TRUE(printed(run, "\"Counter\" hit Breakpoint"));
  EXPECT_TRUE(printed(run, "$1 = 1000"));
}

TEST(Tools, AProgramUnderGdbNeedsNoSettingsToRunItsActors) {
  PACTOR_SKIP_UNDER_SANITIZERS();
  const FinishedRun run =
      run_program({"gdb", "-nx", "-batch", "-ex", "set detach-on-fork on", "-ex",
                   "set follow-fork-mode parent", "-ex", "run", test_program("tools_subject")});
  EXPECT_TRUE(printed(run, kResult));
}

TEST(Tools, ValgrindFindsNothingWrong) {
  PACTOR_SKIP_UNDER_SANITIZERS();
  const FinishedRun run = run_program({"valgrind", "-q", "--vgdb=no", "--trace-children=yes",
                                       "--error-exitcode=9", test_program("tools_subject")});
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(printed(run, kResult));
  EXPECT_FALSE(printed(run, "points to"));
  EXPECT_FALSE(printed(run, "Invalid"));
  EXPECT_FALSE(printed(run, "uninitialised"));
}

}  // namespace
