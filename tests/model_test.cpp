// The arguments beside the lock-free steps, checked: models/ has the protocols in Promela, and Spin goes
// through all schedules of them, with store buffers and with deaths at any step. A model without one of the
// things that its argument rests on (BREAK_...) has to fail, or it would show nothing; with PACTOR_FULL=1.
#include "run_program.hpp"
#include "scratch.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::FinishedRun;
using pactor::testing::full;
using pactor::testing::run_program;
using pactor::testing::Scratch;

const fs::path kModels = PACTOR_SOURCE_DIR "/tests/models";

struct Check {
  std::string name;
  std::string model;
  std::vector<std::string> bounds;  // what Spin is told of sizes
  std::string broken = {};          // the BREAK_... left out
};
void PrintTo(const Check& check, std::ostream* out) { *out << check.name; }

// The report of the search: "errors: 0".
std::string search(const Check& check) {
  // Spin works where it stands.
  const Scratch workshop;
  const auto run = [&workshop](const std::vector<std::string>& command) {
    std::vector<std::string> there = {"env", "-C", workshop.path().string()};
    there.insert(there.end(), command.begin(), command.end());
    return run_program(there);
  };
  std::vector<std::string> translate = {"spin", "-a"};
  translate.insert(translate.end(), check.bounds.begin(), check.bounds.end());
  if (!check.broken.empty()) translate.push_back("-D" + check.broken);
  translate.push_back((kModels / (check.model + ".pml")).string());
  const FinishedRun translated = run(translate);
  if (translated.status != 0) return translated.output;
  // SAFETY: assertions and deadlocks, no cycles. COLLAPSE: states packed. MEMLIM: in MiB. -b: a schedule that is
  // longer than -m is an error.
  const FinishedRun compiled =
      run({"gcc", "-O1", "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=8000", "-o", "pan", "pan.c"});
  if (compiled.status != 0) return compiled.output;
  return run({"./pan", "-b", "-m200000"}).output;
}

std::vector<Check> sound() {
  std::vector<Check> all = {
      {"WakeUps", "doorbell", {"-DSENDERS=1", "-DMESSAGES=1", "-DRESTARTS=1"}},
      {"WakeUpsOfTwo", "doorbell", {"-DSENDERS=1", "-DMESSAGES=2", "-DRESTARTS=0"}},
      {"Order", "order", {}},
      {"Space", "space", {}}};
  if (full()) {
    all.push_back(
        {"WakeUpsAndRestart", "doorbell", {"-DSENDERS=1", "-DMESSAGES=2", "-DRESTARTS=1"}});
    all.push_back({"WakeUpsByTwo", "doorbell", {"-DSENDERS=2", "-DRESTARTS=0", "-DBUFFER=2"}});
    all.push_back({"SpaceAndRestarts", "space", {"-DMESSAGES=4", "-DRESTARTS=2"}});
  }
  return all;
}

// Each model without each thing that it names.
std::vector<Check> broken() {
  std::vector<Check> all;
  if (!full()) return all;
  for (const auto& file : fs::directory_iterator(kModels)) {
    std::string model = file.path().stem().string();
    if (model == "bell") model = "doorbell";  // which includes it
    std::ifstream text(file.path());
    std::set<std::string> names;
    const std::regex name("BREAK_[A-Z_]+[A-Z]");
    for (std::string line; std::getline(text, line);) {
      for (std::sregex_iterator found(line.begin(), line.end(), name), end; found != end; ++found) {
        names.insert(found->str());
      }
    }
    const std::vector<std::string> bounds =
        model == "doorbell"
            ? std::vector<std::string>{"-DSENDERS=1", "-DMESSAGES=2", "-DRESTARTS=1"}
            : std::vector<std::string>();
    for (const std::string& one : names) all.push_back({model + "_" + one, model, bounds, one});
  }
  return all;
}

class Model : public ::testing::TestWithParam<Check> {
 protected:
  void SetUp() override {
    if (run_program({"spin", "-V"}).status != 0) GTEST_SKIP() << "needs spin";
  }
};

class BrokenModel : public Model {};

TEST_P(Model, HoldsInEverySchedule) {
  const std::string report = search(GetParam());
  EXPECT_NE(report.find("errors: 0"), std::string::npos) << report;
  EXPECT_EQ(report.find("Search not completed"), std::string::npos) << report;
}

TEST_P(BrokenModel, Fails) {
  const std::string report = search(GetParam());
  EXPECT_NE(report.find("errors: 1"), std::string::npos) << report;
  EXPECT_NE(report.find("assertion violated "), std::string::npos) << report;
  EXPECT_EQ(report.find("invalid array index"), std::string::npos) << report;
}

const auto kName = [](const auto& info) { return info.param.name; };
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BrokenModel);
INSTANTIATE_TEST_SUITE_P(Spin, Model, ::testing::ValuesIn(sound()), kName);
INSTANTIATE_TEST_SUITE_P(Spin, BrokenModel, ::testing::ValuesIn(broken()), kName);

}  // namespace
