#include <pactor/program.hpp>

#include <pactor/runtime/start.hpp>

#include <csignal>

namespace pactor {

void init() { runtime::start(); }

int wait_for_signal() {
  sigset_t ends;
  ::sigemptyset(&ends);
  ::sigaddset(&ends, SIGINT);
  ::sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  int signal = 0;
  while (::sigwait(&ends, &signal) != 0) {
  }
  return signal;
}

}  // namespace pactor
