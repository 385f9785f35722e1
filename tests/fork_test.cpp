// Programs that fork: what the child may do, and what it cannot do to its parent.

#include "processes.hpp"
#include "run_program.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <cstdlib>
#include <string>

namespace {

using pactor::testing::FinishedRun;
using pactor::testing::run_program;
using pactor::testing::test_program;
using processes::contains;
using processes::Watched;

// The sanitizer itself has a thread in a forked child.
#if defined(__SANITIZE_THREAD__)
#define PACTOR_SKIP_UNDER_TSAN() GTEST_SKIP() << "a forked child is not single-threaded here"
#else
#define PACTOR_SKIP_UNDER_TSAN() static_cast<void>(0)
#endif

// What a process that has no descriptor of ours, nor a parent that is ours, has to say.
class Report {
 public:
  Report() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) std::abort();
  }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    for (const int fd : ends_) ::close(fd);
  }

  [[nodiscard]] std::string file() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ends_[1]);
  }
  // The next line; empty (a failed test) if none comes.
  std::string line() {
    for (;;) {
      if (const std::size_t end = text_.find('\n'); end != std::string::npos) {
        std::string first = text_.substr(0, end);
        text_.erase(0, end + 1);
        return first;
      }
      pollfd entry{.fd = ends_[0], .events = POLLIN, .revents = 0};
      char part[1024];
      if (::poll(&entry, 1, processes::kBoundMs) != 1) {
        ADD_FAILURE() << "no report";
        return {};
      }
      text_.append(part, static_cast<std::size_t>(::read(ends_[0], part, sizeof part)));
    }
  }

 private:
  int ends_[2];
  std::string text_;
};

TEST(Forks, DaemonHasActorsOfItsOwnAndItsParentsHandlesStayInert) {
  PACTOR_SKIP_UNDER_TSAN();
  Report report;
  const FinishedRun parent = run_program({test_program("forking"), "daemon", report.file()});
  EXPECT_EQ(parent.status, 0);
  EXPECT_EQ(parent.output, "parent: 1\n");
  const std::string first = report.line();
  ASSERT_TRUE(first.starts_with("daemon ")) << first;
  const Watched daemon(std::stoi(first.substr(7)));
  EXPECT_EQ(report.line(), "the parent's handles are inert");
  EXPECT_EQ(report.line(), "own actor: 3");
  EXPECT_EQ(report.line(), "through each other: 4");
  EXPECT_EQ(report.line(), "ids are told apart");
  const std::string sending = report.line();
  EXPECT_TRUE(contains(sending, "sending the parent's proxy: ") && contains(sending, "fork"))
      << sending;
  EXPECT_EQ(report.line(), "the parent's handles are inert");
  EXPECT_EQ(report.line(), "the daemon's last actor is destroyed") << "at its end, and once";
  EXPECT_TRUE(daemon.ends());
}

TEST(Forks, ChildAndGrandchildHaveActorsOfTheirOwnAndDisturbNoOther) {
  PACTOR_SKIP_UNDER_TSAN();
  for (const char* verb : {"beside", "before-first"}) {
    const FinishedRun run = run_program({test_program("forking"), verb});
    EXPECT_EQ(run.output,
              "child's actor: 5\n"
              "the parent's handles are inert\n"
              "grandchild's actor: 7\n"
              "child ended well\n"
              "child ended well\n"
              "parent's actor: 2, 0\n");
    EXPECT_EQ(run.status, 0);
  }
}

TEST(Forks, ChildOfAnActorMayNotCreateActorsAndTheErrorSaysWhatToDo) {
  const FinishedRun run = run_program({test_program("forking"), "in-an-actor"});
  EXPECT_TRUE(contains(run.output, "forked by an actor") && contains(run.output, "exec"))
      << run.output;
  EXPECT_EQ(run.status, 0);
}

TEST(Forks, ProgramsThatAreStartedDoNoHarm) {
  const FinishedRun run = run_program({test_program("forking"), "programs"});
  EXPECT_EQ(run.output, "actor: 5\nanother: 0\n");
  EXPECT_EQ(run.status, 0);
}

TEST(Forks, ProgramThatClosesAllDescriptorsIsToldSoAndNothingIsWrittenIntoOthers) {
  const FinishedRun run = run_program({test_program("forking"), "closefrom"});
  EXPECT_TRUE(run.output.starts_with("total 1\n")) << run.output;
  EXPECT_TRUE(contains(run.output, "creating: pactor: cannot start actor 'app::Counter': ") &&
              contains(run.output, "has closed the descriptor"))
      << run.output;
  EXPECT_TRUE(contains(run.output, "closing: pactor: this process has closed the descriptor"))
      << run.output;
  EXPECT_TRUE(contains(run.output, "joined: actor 'app::Counter' was killed")) << run.output;
  EXPECT_FALSE(contains(run.output, "another's descriptor")) << run.output;
  EXPECT_TRUE(run.output.ends_with("end\n")) << run.output;
  EXPECT_EQ(run.status, 0);
}

}  // namespace
