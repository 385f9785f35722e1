// A process that is executed instruction by instruction.
//
//     Stepped victim([&] { send_all(); });
//     while (victim.step()) look_at_what_it_has_done();
//
// It is stopped between two instructions whenever step() has returned true.
#pragma once

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>
#include <cstdlib>

namespace killing {

class Stepped {
 public:
  template <class Part>
  explicit Stepped(Part part) : pid_(::fork()) {
    if (pid_ == 0) {
      if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(kNotTraced);
      std::raise(SIGSTOP);
      part();
      ::_exit(0);
    }
    stopped_ = wait();
  }
  Stepped(const Stepped&) = delete;
  Stepped& operator=(const Stepped&) = delete;
  ~Stepped() {
    if (!stopped_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  // Executes one instruction. False: it has ended.
  bool step() {
    if (!stopped_) return false;
    ::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr);
    ++steps_;
    stopped_ = wait();
    return stopped_;
  }

  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] bool ended_well() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }
  // The machine does not allow it.
  [[nodiscard]] bool refused() const {
    return WIFEXITED(status_) && WEXITSTATUS(status_) == kNotTraced;
  }

 private:
  static constexpr int kNotTraced = 99;

  bool wait() { return ::waitpid(pid_, &status_, 0) == pid_ && WIFSTOPPED(status_); }

  pid_t pid_;
  int status_ = 0;
  bool stopped_ = false;
  std::uint64_t steps_ = 0;
};

}  // namespace killing
