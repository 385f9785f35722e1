#include "guard.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <system_error>

namespace bench::peers {

namespace {

const Scratch* scratch = nullptr;

sigset_t what_tells_us() {
  sigset_t signals{};
  ::sigemptyset(&signals);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  return signals;
}

// Returns the wait status of the process, which may have been ended by it.
int status_of(pid_t body, const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    ::sigwait(&signals, &signal);
    if (signal != SIGCHLD) ::kill(body, SIGKILL);
    int status = 0;
    if (::waitpid(body, &status, signal == SIGCHLD ? WNOHANG : 0) == body) return status;
  }
}

}  // namespace

const Scratch& Scratch::here() {
  if (scratch == nullptr) throw std::logic_error("Scratch::here() outside of guarded()");
  return *scratch;
}

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "pactor-peers-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
  }
  directory_ = name;
}

void Scratch::remove() const {
  std::error_code none;  // nobody could do anything about it
  std::filesystem::remove_all(directory_, none);
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm", none)) {
    if (entry.path().filename().string().starts_with(shared_memory(""))) {
      std::filesystem::remove(entry.path(), none);
    }
  }
}

int guarded(const std::function<int()>& body) {
  const sigset_t signals = what_tells_us();
  sigset_t before{};
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const Scratch mine;
  scratch = &mine;
  const pid_t guard = ::getpid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    end_with(guard);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    const int status = body();
    std::fflush(stdout);
    ::_exit(
        status);  // without the destructors of libraries, some of which wait for what the body has ended
  }
  const int status = status_of(pid, signals);
  while (::waitpid(-1, nullptr, 0) > 0) {  // what it forked ends with it, and comes to us
  }
  mine.remove();
  scratch = nullptr;
  return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

void end_with(int parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // it has ended already
}

}  // namespace bench::peers
