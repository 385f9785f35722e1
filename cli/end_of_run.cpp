#include <cli/end_of_run.hpp>

#include <pactor/os/failure.hpp>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <array>

namespace cli {

namespace {

using pactor::os::Fd;

// An empty Fd, which poll() passes over, if there is no limit.
Fd start_timer(std::optional<std::chrono::milliseconds> after) {
  if (!after) return {};
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  if (!timer) pactor::os::fail("cannot make a timer");
  itimerspec time{};
  time.it_value.tv_sec = static_cast<time_t>(after->count() / 1000);
  time.it_value.tv_nsec = static_cast<long>(after->count() % 1000 * 1'000'000);
  ::timerfd_settime(timer.get(), 0, &time, nullptr);
  return timer;
}

// Back in the foreground, the terminal is ours again.
void stop_until_continued(Terminal* terminal) {
  if (terminal != nullptr) terminal->restore();
  ::raise(SIGSTOP);
  if (terminal != nullptr) terminal->take_keys();
}

std::string name_of(int signal) {
  return signal == SIGINT ? "Ctrl-C" : "SIG" + std::string(::sigabbrev_np(signal));
}

}  // namespace

EndOfRun::EndOfRun() {
  sigset_t taken;
  ::sigemptyset(&taken);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP}) ::sigaddset(&taken, signal);
  ::pthread_sigmask(SIG_BLOCK, &taken, &before_);
  signals_ = Fd(::signalfd(-1, &taken, SFD_CLOEXEC));
  if (!signals_) pactor::os::fail("cannot listen to signals");
}

EndOfRun::~EndOfRun() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::string EndOfRun::wait(std::optional<std::chrono::milliseconds> run_for, Terminal* terminal) {
  std::string why = first_cause(run_for, terminal);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  return why;
}

std::string EndOfRun::first_cause(std::optional<std::chrono::milliseconds> run_for,
                                  Terminal* terminal) const {
  const Fd timer = start_timer(run_for);
  enum { kKeys, kSignals, kTimer, kOutput };
  std::array<pollfd, 4> sources{{{terminal != nullptr ? STDIN_FILENO : -1, POLLIN, 0},
                                 {signals_.get(), POLLIN, 0},
                                 {timer.get(), POLLIN, 0},
                                 {STDOUT_FILENO, 0, 0}}};  // only that its reader is gone
  for (;;) {
    if (::poll(sources.data(), sources.size(), -1) < 0) {
      if (errno != EINTR) pactor::os::fail("cannot wait for the end of the run");
      continue;
    }
    if (sources[kSignals].revents != 0) {
      signalfd_siginfo info{};
      if (::read(signals_.get(), &info, sizeof info) != sizeof info) continue;
      const int signal = static_cast<int>(info.ssi_signo);
      if (signal != SIGTSTP) return name_of(signal);
      stop_until_continued(terminal);
      continue;  // the key that there was, the shell may have taken
    }
    if (sources[kKeys].revents != 0) {
      char key = 0;
      if (::read(STDIN_FILENO, &key, 1) != 1) return "the terminal is gone";
      if (key == 'q' || key == 'Q') return "q";
    }
    if (sources[kTimer].revents != 0) return "time is up";
    if (sources[kOutput].revents != 0) return "nobody reads the output";
  }
}

}  // namespace cli
