// Programs work however they are linked, whoever's main they have, or say what to do.

#include "linking/linked.hpp"
#include "processes.hpp"
#include "run_program.hpp"
#include "scratch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using processes::contains;

void expect_works(const std::string& program, bool before_main) {
  if (!fs::exists(linked(program)))
    GTEST_SKIP() << "not built in this preset, or with a linker that is not here";
  const FinishedRun run = run_program({linked(program)});
  EXPECT_EQ(run.output,
            "keeper before main: " + std::string(before_main ? "yes\n" : "no\n") + kUsed);
  EXPECT_EQ(run.status, 0);
}

TEST(Linking, PieWorks) { expect_works("linked_pie", true); }
TEST(Linking, NonPieWorks) { expect_works("linked_no_pie", true); }
TEST(Linking, LinkTimeOptimizationWorks) { expect_works("linked_lto", true); }
TEST(Linking, TheGoldLinkerWorks) { expect_works("linked_gold", true); }
TEST(Linking, TheLldLinkerWorks) { expect_works("linked_lld", true); }
TEST(Linking, TheMoldLinkerWorks) { expect_works("linked_mold", true); }
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

// ---- Libraries opened later ------------------------------------------------------------------

// Copies of the libraries that a test may move and remove.
class LateLibrary : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* library : {"late_library", "late_library_changed"}) {
      fs::copy_file(linked(std::string(library) + ".so"), file(library));
    }
  }

  [[nodiscard]] std::string file(const std::string& library) const {
    return (place_.path() / (library + ".so")).string();
  }
  [[nodiscard]] FinishedRun use_after(const std::string& change) const {
    return run_program({linked("late_host"), file("late_library"), change});
  }

  const pactor::testing::Scratch place_;
};

constexpr const char* kLateWorks =
    "version one, number 41; child: version one, number 42; met 17\nhost: 17\n";

TEST_F(LateLibrary, BringsClassesWhoseActorsCreateOthersAndMeetThoseOfTheProgram) {
  const FinishedRun run = use_after("");
  EXPECT_EQ(run.output, kLateWorks);
  EXPECT_EQ(run.status, 0);
}

TEST_F(LateLibrary, HasStaticInitialisersThatMayCreateActorsInTheProgramAlone) {
  const FinishedRun run =
      run_program({"env", "PACTOR_TEST_EARLY=1", linked("late_host"), file("late_library")});
  EXPECT_TRUE(run.output.starts_with("created; refused; version one, number 41; child: refused; "))
      << run.output;
}

TEST_F(LateLibrary, ThatHasBeenRemovedIsASpawnErrorThatNamesIt) {
  const FinishedRun run = use_after("remove");
  EXPECT_TRUE(contains(run.output, "error: pactor: cannot start actor 'late::Stranger'") &&
              contains(run.output, file("late_library")) &&
              contains(run.output, "leave their files in place"))
      << run.output;
  EXPECT_TRUE(run.output.ends_with("host: 17\n")) << run.output;
}

TEST_F(LateLibrary, ThatHasBeenReplacedIsASpawnErrorThatNamesIt) {
  const FinishedRun run = use_after("replace:" + file("late_library_changed"));
  EXPECT_TRUE(contains(run.output, "error: pactor: cannot start actor 'late::Stranger'") &&
              contains(run.output, file("late_library")) &&
              contains(run.output, "build id differs"))
      << run.output;
}

TEST_F(LateLibrary, OpenedByARelativePathIsFoundUnlessTheDirectoryHasChanged) {
  fs::current_path(place_.path());
  const std::string host = linked("late_host");
  const FinishedRun found = run_program({host, "./late_library.so"});
  const FinishedRun lost = run_program({host, "./late_library.so", "chdir"});
  fs::current_path("/");
  EXPECT_EQ(found.output, kLateWorks);
  EXPECT_TRUE(contains(lost.output, "open libraries by absolute paths")) << lost.output;
}

TEST_F(LateLibrary, WithoutABuildIdIsASpawnErrorThatSaysHowToGetOne) {
  const FinishedRun run = run_program({linked("late_host"), linked("late_library_without_id.so")});
  EXPECT_TRUE(contains(run.output, "late_library_without_id.so") &&
              contains(run.output, "-Wl,--build-id"))
      << run.output;
}

TEST_F(LateLibrary, WithACopyOfPactorUsesTheProgramsThatIsExported) {
  const FinishedRun run = run_program({linked("late_host"), linked("late_library_with_copy.so")});
  EXPECT_EQ(run.output, kLateWorks);
}

TEST_F(LateLibrary, WithACopyOfPactorBesideTheProgramsHasAFamilyOfItsOwnAndMixingThemIsAnError) {
  const FinishedRun run = run_program(
      {linked("late_host_without_exports"), linked("late_library_with_copy.so"), "alone"});
  EXPECT_TRUE(
      run.output.starts_with("version one, number 41; child: version one, number 42; error: ") &&
      contains(run.output, "two copies of pactor"))
      << run.output;
  EXPECT_TRUE(run.output.ends_with("host: 17\n")) << run.output;
}

}  // namespace
