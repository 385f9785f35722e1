// Every system call and every allocation fails in turn, once and for good, in each of the processes: what
// comes of it is an error that says so, or nothing at all. Nothing accepted is lost, nobody hangs, nobody is
// left behind; and where it failed once, all works afterwards, with no descriptor more than before.
// tests/exhaustion/subject.cpp is what runs, and judges itself; see there, and faults.hpp.
//
// For each kind of call of each process the first, the middle and the last one; with PACTOR_FULL=1 each of
// them, with each error that the kernel may give.

#include "exhaustion/faults.hpp"
#include "processes.hpp"
#include "run_program.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace {

using namespace processes;
using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using pactor::testing::test_program;

// How often each kind of call is made by processes of `role`, if nothing fails.
std::map<std::string, unsigned> count_calls(const std::string& role) {
  const FinishedRun run = run_program({test_program("exhaustion_subject")});
  EXPECT_EQ(run.status, 0) << run.output;
  std::map<std::string, unsigned> counts;
  std::istringstream lines(run.output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string whose, kind;
    unsigned count = 0;
    if (words >> whose >> kind >> count && whose == role) counts[kind] = count;
  }
  return counts;
}

class Exhaustion : public testing::TestWithParam<std::string> {
 protected:
  Exhaustion() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }  // whoever is left behind comes to us

  // Whether a call has failed.
  bool run_with(const std::string& plan) {
    ++runs_;
    const FinishedRun run =
        run_program({"env", "PACTOR_FAULT=" + plan, test_program("exhaustion_subject")});
    EXPECT_EQ(run.status, 0) << plan << "\n" << run.output;
    for (const pid_t left : children_of(::getpid())) {
      if (left == own_keeper_) continue;
      EXPECT_TRUE(Watched(left).ends()) << plan << ": " << name_of(left) << " is left behind";
      ::waitpid(left, nullptr, 0);
    }
    return contains(run.output, "reached\n");
  }

  // Each kind of call of the processes in question fails, once or from then on.
  void fail_each(const std::string& how) {
    for (const auto& [kind, count] : count_calls(GetParam())) {
      const auto& errors = std::ranges::find(faults::kKinds, kind, &faults::Kind::name)->errors;
      for (const int error : errors) {
        if (error == 0) break;
        if (error == EINTR && how == "always") continue;  // nobody is sent signals without an end
        const auto plan = [&, name = kind](unsigned n) {
          return GetParam() + " " + name + " " + std::to_string(error) + " " + std::to_string(n) +
                 " " + how;
        };
        if (full()) {
          for (unsigned n = 1; run_with(plan(n)); ++n) {
          }
          continue;
        }
        for (const unsigned n : std::set{1U, (count + 1) / 2, count}) run_with(plan(n));
        break;
      }
    }
    std::printf("%d runs\n", runs_);
  }

 private:
  int runs_ = 0;
  const pid_t own_keeper_ = keeper_of(::getpid());
};

TEST_P(Exhaustion, ThatPassesIsAnErrorAtMostAndNothingIsLostAndAllWorksAfterwards) {
  fail_each("once");
}

TEST_P(Exhaustion, ThatLastsIsAnErrorAtMostAndNobodyHangsAndAllEndInOrder) { fail_each("always"); }

// Memory is reserved before it is promised: whoever then touches it finds it there. The family gets ever more
// pages, until it has enough.
TEST(Pages, ThatTheMachineLacksAreAnErrorAndNeverASigbus) {
  const unsigned step = full() ? 1 : 7;
  unsigned pages = 1;
  for (bool enough = false; !enough && !HasFailure(); pages += step) {
    const FinishedRun run = run_program(
        {"env", "PACTOR_PAGES=" + std::to_string(pages), test_program("exhaustion_subject")});
    if (run.status == faults::kCannotLimit) GTEST_SKIP() << "nothing can be mounted here";
    EXPECT_EQ(run.status, 0) << pages << " pages\n" << run.output;
    enough = contains(run.output, "well\n");
  }
  if (!HasFailure()) std::printf("%u pages are enough\n", pages - step);
}

// With ENOSPC: fs.inotify.max_user_watches is reached.
TEST(Ends, OneThatOnlyASignalTellsOfIsNotForgottenBesideOneThatIsTold) {
  const FinishedRun run = run_program({"env", "PACTOR_FAULT=keeper inotify_add_watch 28 2 once",
                                       test_program("exhaustion_subject"), "two-ends"});
  EXPECT_EQ(run.status, 0) << run.output;
}

INSTANTIATE_TEST_SUITE_P(Of, Exhaustion, testing::Values("program", "keeper", "zygote", "actor"),
                         [](const auto& role) { return std::string(role.param); });

}  // namespace
