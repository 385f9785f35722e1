// Programs work however they are linked, whoever's main they have, or say what to do.

#include "processes.hpp"
#include "run_program.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using processes::contains;

std::string linked(const std::string& name) {
  return std::string(PACTOR_BINARY_DIR) + "/tests/linking/" + name;
}

constexpr const char* kUsed =
    "total: 55\n"
    "static object: made before main\n"
    "in a thread: 7\n"
    "exception: thrown over there\n"
    "end: actor 'app::Counter' was closed and ended in order\n";

void expect_works(const std::string& program, bool before_main) {
  if (!fs::exists(linked(program))) GTEST_SKIP() << "not built in this preset";
  const FinishedRun run = run_program({linked(program)});
  EXPECT_EQ(run.output,
            "keeper before main: " + std::string(before_main ? "yes\n" : "no\n") + kUsed);
  EXPECT_EQ(run.status, 0);
}

TEST(Linking, PieWorks) { expect_works("linked_pie", true); }
TEST(Linking, NonPieWorks) { expect_works("linked_no_pie", true); }
TEST(Linking, LinkTimeOptimizationWorks) { expect_works("linked_lto", true); }
TEST(Linking, StaticProgramStartsItsRuntimeAtTheFirstActor) {
  expect_works("linked_static", false);
}
TEST(Linking, StaticPieStartsItsRuntimeAtTheFirstActor) {
  expect_works("linked_static_pie", false);
}
TEST(Linking, StaticProgramWithWrappedMainStartsBeforeIt) {
  expect_works("linked_static_wrapped", true);
}

TEST(Linking, ProgramThatStartedBeforeMainMayHaveThreads) {
  const FinishedRun run = run_program({linked("linked_pie"), "thread"});
  EXPECT_EQ(run.output, "keeper before main: yes\n" + std::string(kUsed) + kUsed);
}

TEST(Linking, StaticProgramWithThreadsIsToldToCallInitBefore) {
  if (!fs::exists(linked("linked_static"))) GTEST_SKIP() << "not built in this preset";
  const FinishedRun refused = run_program({linked("linked_static"), "thread"});
  EXPECT_TRUE(
      contains(refused.output, "error: pactor: actors need a process that has one thread") &&
      contains(refused.output, "call pactor::init() at the beginning of main"))
      << refused.output;
  EXPECT_TRUE(refused.output.ends_with(kUsed)) << "once the thread has gone: " << refused.output;
  const FinishedRun good = run_program({linked("linked_static"), "init"});
  EXPECT_EQ(good.output, "keeper before main: no\n" + std::string(kUsed) + kUsed);
}

TEST(Linking, ActorInAStaticInitialiserIsAnErrorThatSaysSo) {
  for (const char* program : {"linked_pie", "linked_static"}) {
    if (!fs::exists(linked(program))) continue;
    const FinishedRun run = run_program({"env", "PACTOR_TEST_EARLY=actor", linked(program)});
    EXPECT_TRUE(contains(run.output, "early: pactor: actors cannot be used before main()"))
        << run.output;
    EXPECT_TRUE(run.output.ends_with(kUsed)) << "later is all right: " << run.output;
  }
}

TEST(Linking, ThreadOfAStaticInitialiserIsAnErrorThatSaysWhatToDo) {
  const FinishedRun run = run_program({"env", "PACTOR_TEST_EARLY=thread", linked("linked_pie")});
  EXPECT_TRUE(contains(run.output, "static initialiser") && contains(run.output, "one thread"))
      << run.output;
}

TEST(Plugin, OfAHostWithoutPactorHasActors) {
  const FinishedRun run = run_program({linked("plugin_host"), linked("plugin.so")});
  EXPECT_EQ(run.output, "hello from an actor of a plug-in\nhello from an actor of a plug-in\n");
  EXPECT_EQ(run.status, 0);
}

TEST(Plugin, OfAHostWithThreadsIsToldToCallInitBefore) {
  const FinishedRun refused = run_program({linked("plugin_host"), linked("plugin.so"), "thread"});
  EXPECT_TRUE(contains(refused.output, "pactor::init()") && contains(refused.output, "one thread"))
      << refused.output;
  const FinishedRun good = run_program({linked("plugin_host"), linked("plugin.so"), "init-thread"});
  EXPECT_EQ(good.output, "hello from an actor of a plug-in\n");
}

}  // namespace
