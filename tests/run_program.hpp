// Runs a program to its end and keeps what it printed.
//
//     FinishedRun run = run_program({"gdb", "-batch", path}, "extra input");
//     EXPECT_EQ(run.status, 0) << run.output;
//
// A program that says nothing for five minutes, and does not end, is killed; its status is -1 then. (Packers and
// compilers are silent for long on a busy machine.)
#pragma once

#include <gtest/gtest.h>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <string>
#include <vector>

namespace pactor::testing {

inline constexpr int kSilenceMs = 300'000;

struct FinishedRun {
  int status = -1;     // of exit(); 128 + signal if one ended it
  std::string output;  // stdout and stderr
};

inline std::string test_program(const std::string& name) {
  return std::string(PACTOR_BINARY_DIR) + "/tests/programs/" + name;
}

inline FinishedRun run_program(const std::vector<std::string>& command) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) return {};
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe_ends[1], 1);
    ::dup2(pipe_ends[1], 2);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  FinishedRun run;
  bool timed_out = false;
  for (char part[4096];;) {
    pollfd entry{.fd = pipe_ends[0], .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, kSilenceMs) == 0) {
      timed_out = true;
      ::kill(child, SIGKILL);
      break;
    }
    const ssize_t n = ::read(pipe_ends[0], part, sizeof part);
    if (n <= 0) break;
    run.output.append(part, static_cast<std::size_t>(n));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!timed_out) run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return run;
}

}  // namespace pactor::testing
