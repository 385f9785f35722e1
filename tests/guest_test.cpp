// What the library leaves alone in the program that uses it, and what it puts up with there.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>

namespace {

// As they are before the library has started, which is after static initialisers.
std::array<void (*)(int), 65> dispositions() {
  std::array<void (*)(int), 65> found{};
  for (int signal = 1; signal < 65; ++signal) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) == 0) {
      found[static_cast<std::size_t>(signal)] = action.sa_handler;
    }
  }
  return found;
}
const auto dispositions_at_start = dispositions();

std::size_t count_threads() {
  return static_cast<std::size_t>(std::distance(
      processes::fs::directory_iterator("/proc/self/task"), processes::fs::directory_iterator()));
}
const std::size_t threads_at_start = count_threads();

sigset_t blocked_signals() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return blocked;
}
const sigset_t blocked_at_start = blocked_signals();

}  // namespace

namespace app {

class Resident {
 public:
  std::pair<int, int> group_and_session() const { return {::getpgrp(), ::getsid(0)}; }
  int answer() const { return 42; }
};
PACTOR_ACTOR(Resident, group_and_session, answer);

}  // namespace app

namespace {

using namespace processes;
using app::Resident;
using pactor::Actor;

class Guest : public ProcessTest {};

TEST_F(Guest, ActorsAreNotInTheTerminalsProcessGroup) {
  Actor<Resident> actor;
  const auto [group, session] = actor.ask()->group_and_session().get();
  EXPECT_NE(group, ::getpgrp()) << "or Ctrl-C would end it";
  EXPECT_NE(session, ::getsid(0)) << "or a hang-up would";
  for (const auto& [pid, name] : descendants_of(::getpid()))
    EXPECT_NE(::getpgid(pid), ::getpgrp()) << name;
}

TEST_F(Guest, LibraryStartsNoThreadAndTakesNoSignalHandler) {
  Actor<Resident> actor;
  EXPECT_EQ(actor.ask()->answer().get(), 42);
  actor.kill();
  actor.join();
  EXPECT_EQ(count_threads(), threads_at_start);
  const auto now = dispositions();
  const sigset_t blocked = blocked_signals();
  for (int signal = 1; signal < 65; ++signal) {
    EXPECT_EQ(now[static_cast<std::size_t>(signal)],
              dispositions_at_start[static_cast<std::size_t>(signal)])
        << signal;
    EXPECT_EQ(::sigismember(&blocked, signal), ::sigismember(&blocked_at_start, signal)) << signal;
  }
}

TEST_F(Guest, ProgramsOwnWaitFindsNoChildAndNoSignalComes) {
  sigset_t child, before;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::pthread_sigmask(SIG_BLOCK, &child, &before);
  Actor<Resident> alive, dead, closed;
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  dead.kill();
  dead.join();
  closed.close();
  closed.join();
  EXPECT_EQ(::waitpid(-1, nullptr, 0), -1);
  EXPECT_EQ(errno, ECHILD);
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGCHLD), 0);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(alive.ask()->answer().get(), 42);
}

TEST_F(Guest, ProgramStartedWithEndsOfChildrenIgnoredWorks) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGCHLD, SIG_IGN);  // exec keeps that; a shell may not
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::execl(PACTOR_BINARY_DIR "/tests/programs/family", "family", "exit", nullptr);
    ::_exit(127);
  }
  EXPECT_TRUE(Watched(child).ends());
  send_signal(child, SIGKILL);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Guest, ProgramStartedWithClosedStreamsWorks) {
  for (const char* closed : {"<&- >/dev/null", "</dev/null >&-", "<&- >&- 2>&-"}) {
    const std::string command =
        std::string("'" PACTOR_BINARY_DIR "/tests/programs/family' exit ") + closed;
    const int status = std::system(command.c_str());
    EXPECT_EQ(status, 0) << closed;
  }
}

}  // namespace
