// The shared library gives programs and plug-ins what the static one does, and all of them one runtime.

#include "linking/linked.hpp"
#include "processes.hpp"
#include "run_program.hpp"

#include <gtest/gtest.h>
#include <pactor/version.hpp>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using processes::contains;

const std::string kLibrary = PACTOR_BINARY_DIR "/libpactor.so";

class SharedLibrary : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kLibrary)) GTEST_SKIP() << "not built in this preset";
  }
};

TEST_F(SharedLibrary, StartsTheRuntimeBeforeMainHoweverItIsLinked) {
  for (const char* program : {"shared_subject", "shared_subject_as_needed", "shared_subject_no_pie",
                              "shared_subject_gold", "shared_subject_lld", "shared_subject_mold"}) {
    if (!fs::exists(linked(program))) continue;  // that linker is not at hand
    const FinishedRun run = run_program({linked(program), "thread"});
    EXPECT_EQ(run.output, "keeper before main: yes\n" + std::string(kUsed) + kUsed) << program;
    EXPECT_EQ(run.status, 0) << program;
  }
}

TEST_F(SharedLibrary, BehindLibcStartsItsRuntimeAtTheFirstActor) {
  const std::string program = linked("shared_subject_after_libc");
  EXPECT_EQ(run_program({program}).output, "keeper before main: no\n" + std::string(kUsed));
  const FinishedRun refused = run_program({program, "thread"});
  EXPECT_TRUE(contains(refused.output, "call pactor::init() at the beginning of main"))
      << refused.output;
  const FinishedRun good = run_program({program, "init"});
  EXPECT_EQ(good.output, "keeper before main: no\n" + std::string(kUsed) + kUsed);
}

TEST_F(SharedLibrary, LoadedFirstForAProgramThatHasItBehindLibcStartsBeforeMain) {
  const FinishedRun run =
      run_program({"env", "LD_PRELOAD=" + kLibrary, linked("shared_subject_after_libc")});
  EXPECT_EQ(run.output, "keeper before main: yes\n" + std::string(kUsed));
}

TEST_F(SharedLibrary, RefusesActorsInTheStaticInitialisersOfTheProgram) {
  const FinishedRun run = run_program({"env", "PACTOR_TEST_EARLY=actor", linked("shared_subject")});
  EXPECT_TRUE(contains(run.output, "early: pactor: actors cannot be used before main()"))
      << run.output;
  EXPECT_TRUE(run.output.ends_with(kUsed)) << "later is all right: " << run.output;
}

// A library that is there from the start is initialised even before the start code of the program.
TEST_F(SharedLibrary, RefusesActorsInTheStaticInitialisersOfOtherLibraries) {
  const std::string library = linked("shared_late_library.so");
  const FinishedRun run = run_program(
      {"env", "PACTOR_TEST_EARLY=1", "LD_PRELOAD=" + library, linked("shared_late_host"), library});
  EXPECT_TRUE(run.output.starts_with("refused; refused; version one, number 41")) << run.output;
}

// ---- One runtime -----------------------------------------------------------------------------

// With threads: a second runtime could not start.
TEST_F(SharedLibrary, GivesTheProgramAndWhatItOpensLaterOneRuntime) {
  const FinishedRun run =
      run_program({linked("shared_late_host"), linked("shared_late_library.so")});
  EXPECT_EQ(run.output,
            "version one, number 41; child: version one, number 42; met 17\nhost: 17\n");
  EXPECT_EQ(run.status, 0);
}

TEST_F(SharedLibrary, GivesAllPluginsOfAHostWithoutPactorOneRuntime) {
  const FinishedRun run = run_program({linked("plugin_host"), linked("shared_plugin.so"),
                                       "init-thread", linked("shared_plugin_again.so")});
  EXPECT_EQ(run.output, "hello from an actor of a plug-in\n");
  EXPECT_EQ(run.status, 0);
}

TEST_F(SharedLibrary, OfAPluginStartsItsRuntimeAtTheFirstActor) {
  const FinishedRun run = run_program({linked("plugin_host"), linked("shared_plugin.so")});
  EXPECT_EQ(run.output, "hello from an actor of a plug-in\nhello from an actor of a plug-in\n");
}

TEST_F(SharedLibrary, KeepsThePluginThatIsClosedWithItsClasses) {
  const FinishedRun run =
      run_program({linked("plugin_host"), linked("shared_plugin_again.so"), "close"});
  EXPECT_EQ(run.output, "hello from an actor of a plug-in\n");
  EXPECT_EQ(run.status, 0);
}

TEST_F(SharedLibrary, OfAnotherLibraryOfTheProgramStartsItsRuntimeAtTheFirstActor) {
  const FinishedRun run = run_program({linked("shared_user")});
  EXPECT_EQ(run.output, "hello from an actor of a plug-in\n");
  EXPECT_EQ(run.status, 0);
}

// ---- What it shows ---------------------------------------------------------------------------

TEST_F(SharedLibrary, ShowsNothingButItsNamespaceAndWhereProgramsBegin) {
  const FinishedRun run =
      run_program({"nm", "-D", "--defined-only", "--format=just-symbols", kLibrary});
  ASSERT_EQ(run.status, 0) << run.output;
  std::istringstream lines(run.output);
  int symbols = 0;
  bool begins = false;
  for (std::string symbol; std::getline(lines, symbol); ++symbols) {
    if (symbol == "__libc_start_main") {
      begins = true;
    } else {
      EXPECT_TRUE(contains(symbol, "N6pactor") || contains(symbol, "NK6pactor")) << symbol;
      EXPECT_FALSE(contains(symbol, "_ZNSt") || contains(symbol, "_ZNKSt")) << symbol;
    }
  }
  EXPECT_TRUE(begins);
  EXPECT_GT(symbols, 100);
}

TEST_F(SharedLibrary, CallsItsOwnFunctionsDirectly) {
  const FinishedRun run = run_program({"readelf", "-rW", kLibrary});
  std::istringstream lines(run.output);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_FALSE(contains(line, "JUMP_SLO") && contains(line, "N6pactor")) << line;
  }
  EXPECT_TRUE(contains(run.output, "JUMP_SLO")) << run.output;
}

TEST_F(SharedLibrary, StaysWhenAPluginIsClosed) {
  const FinishedRun run = run_program({"readelf", "-d", kLibrary});
  EXPECT_TRUE(contains(run.output, "NODELETE")) << run.output;
}

TEST_F(SharedLibrary, BearsMajorAndMinorVersionInItsName) {
  const FinishedRun run = run_program({"readelf", "-d", linked("shared_subject")});
  const std::string minor =
      std::to_string(PACTOR_VERSION_MAJOR) + "." + std::to_string(PACTOR_VERSION_MINOR);
  EXPECT_TRUE(contains(run.output, "[libpactor.so." + minor + "]")) << run.output;
}

}  // namespace
