// Actors of a program that has given up privileges since its start have given them up too.

#include "processes.hpp"
#include "run_program.hpp"

#include <gtest/gtest.h>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using pactor::testing::test_program;
using processes::contains;

// A directory that everybody may enter, with a copy of the program that everybody may run.
class Place {
 public:
  Place() {
    std::string name = (fs::temp_directory_path() / "pactor-privileges-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    fs::permissions(path_, fs::perms(0755));
    fs::copy_file(test_program("privileges"), program());
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { fs::remove_all(path_); }

  [[nodiscard]] std::string program() const { return (path_ / "privileges").string(); }
  [[nodiscard]] std::string directory(int mode) const {
    const fs::path inside = path_ / "inside";
    fs::create_directory(inside);
    fs::permissions(inside, fs::perms(mode));
    return inside.string();
  }

 private:
  fs::path path_;
};

std::string line_of(const FinishedRun& run, const std::string& who) {
  std::istringstream lines(run.output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(who + " ")) return line.substr(who.size() + 1);
  }
  return "(nothing of " + who + ")";
}

// What the program has; a failed test if its actors do not have the same.
std::string common_state(const std::vector<std::string>& verbs, const Place& place) {
  std::vector<std::string> command = {place.program()};
  command.insert(command.end(), verbs.begin(), verbs.end());
  const FinishedRun run = run_program(command);
  EXPECT_EQ(run.status, 0) << run.output;
  const std::string own = line_of(run, "program");
  EXPECT_EQ(line_of(run, "actor"), own) << run.output;
  EXPECT_EQ(line_of(run, "its actor"), own) << run.output;
  EXPECT_TRUE(contains(run.output, "dies with its keeper: 9\n")) << run.output;
  return own;
}

// Privileges can only be dropped by who has them.
class Privileges : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  }
  Place place_;
};

TEST_F(Privileges, ActorHasTheUserAndGroupsThatTheProgramHasDroppedTo) {
  // In a directory that it could not enter again.
  const std::string state =
      common_state({"chdir=" + place_.directory(0700), "umask", "drop"}, place_);
  EXPECT_TRUE(contains(state, "Uid: 1000 1000 1000 1000;")) << state;
  EXPECT_TRUE(contains(state, "Gid: 1001 1001 1001 1001;")) << state;
  EXPECT_TRUE(contains(state, "Groups: 7 1003 1005 ;")) << state;
  EXPECT_TRUE(contains(state, "CapPrm: 0000000000000000;")) << state;
  EXPECT_TRUE(contains(state, "Umask: 0135;")) << state;
}

TEST_F(Privileges, ActorMayBecomeAgainWhatTheProgramMayBecomeAgain) {
  const std::string state = common_state({"effective"}, place_);
  EXPECT_TRUE(contains(state, "Uid: 0 1000 0 1000;")) << state;
  EXPECT_TRUE(contains(state, "Gid: 0 1001 0 1001;")) << state;
}

TEST_F(Privileges, ActorHasTheCapabilitiesThatTheProgramHasKept) {
  const std::string state = common_state({"capabilities"}, place_);
  EXPECT_TRUE(contains(state, "CapInh: 0000000000000021;")) << state;
  EXPECT_TRUE(contains(state, "CapPrm: 0000000000000420;")) << state;
  EXPECT_TRUE(contains(state, "CapEff: 0000000000000020;")) << state;
  EXPECT_TRUE(contains(state, "CapAmb: 0000000000000020;")) << state;
  EXPECT_TRUE(contains(state, "securebits 3;")) << state;
}

TEST_F(Privileges, ActorHasTheCapabilityThatTheProgramKeptWhenItDroppedRoot) {
  const std::string state = common_state({"keep"}, place_);
  EXPECT_TRUE(contains(state, "Uid: 1000 1000 1000 1000;")) << state;
  EXPECT_TRUE(contains(state, "CapEff: 0000000000000400;")) << state;
  EXPECT_TRUE(contains(state, "CapAmb: 0000000000000400;")) << state;
}

TEST_F(Privileges, ActorHasNoNewPrivilegesAndIsDumpedNoMoreThanTheProgram) {
  const std::string state = common_state({"no-new-privileges", "dumpable"}, place_);
  EXPECT_TRUE(contains(state, "NoNewPrivs: 1;") && contains(state, "dumpable 0;")) << state;
}

TEST_F(Privileges, ActorHasTheLimitsOfTheMoment) {
  const std::string state = common_state({"limits", "drop"}, place_);
  EXPECT_TRUE(contains(state, "limit 7: 300 400;") && contains(state, "limit 4: 0 0;")) << state;
}

TEST_F(Privileges, ActorHasThePriorityAndTheProcessorsOfTheThreadThatCreatesIt) {
  for (const char* verb : {"priority", "thread"}) {
    const std::string state = common_state({verb}, place_);
    EXPECT_TRUE(contains(state, "nice 7;") && contains(state, "Cpus_allowed: 1;")) << state;
  }
}

TEST_F(Privileges, ActorHasTheRootDirectoryOfTheMoment) {
  const auto root_of = [](const std::string& state) {
    return state.substr(std::min(state.find("root "), state.size()));
  };
  const std::string outside = root_of(common_state({"chdir=/"}, place_));
  const std::string inside =
      root_of(common_state({"chdir=" + place_.directory(0755), "chroot=.", "drop"}, place_));
  EXPECT_FALSE(inside.empty());
  EXPECT_NE(inside, outside);
}

TEST_F(Privileges, SystemCallFilterCannotBeTakenOverAndTheErrorSaysSo) {
  const FinishedRun run = run_program({place_.program(), "seccomp"});
  const std::string text = line_of(run, "refused");
  EXPECT_TRUE(contains(text, "cannot start actor 'app::Witness'") && contains(text, "seccomp") &&
              contains(text, "in its constructor"))
      << run.output;
}

TEST_F(Privileges, LimitTooTightForABirthIsAnErrorThatNamesIt) {
  const FinishedRun run = run_program({place_.program(), "small-files"});
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_TRUE(contains(line_of(run, "refused"), "RLIMIT_FSIZE")) << run.output;
}

TEST_F(Privileges, ProgramOfAnOrdinaryUserTakesOverWhatItMay) {
  // As one who has never been root: dropped before the program is run.
  const std::string as_user = "setpriv --reuid=1000 --regid=1000 --clear-groups '" +
                              place_.program() + "' limits no-new-privileges priority umask";
  const FinishedRun run = run_program({"sh", "-c", as_user});
  const std::string own = line_of(run, "program");
  EXPECT_TRUE(contains(own, "Uid: 1000 1000 1000 1000;")) << run.output;
  EXPECT_EQ(line_of(run, "actor"), own);
  EXPECT_EQ(line_of(run, "its actor"), own);
}

}  // namespace
