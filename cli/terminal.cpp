#include <cli/terminal.hpp>

#include <pactor/os/failure.hpp>

#include <termios.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <cstddef>

namespace cli {

namespace {

// What ends a program unless it is handled. (abort() and uncaught exceptions come as SIGABRT.)
constexpr std::array kEnding = {SIGHUP, SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,
                                SIGBUS, SIGFPE,  SIGSEGV, SIGPIPE, SIGALRM, SIGTERM,
                                SIGSYS, SIGXCPU, SIGXFSZ, SIGUSR1, SIGUSR2};

// A signal handler has no other way to it than by static storage.
struct Saved {
  termios settings{};
  volatile std::sig_atomic_t taken = 0;  // whether the terminal differs from `settings`
  std::array<struct sigaction, kEnding.size()> handlers{};
};
Saved saved;  // NOLINT

// Of its own, for a stack overflow is a crash too.
alignas(16) std::array<std::byte, 64 * 1024> handler_stack;  // NOLINT

// Only calls that a signal handler may make.
void put_back() {
  if (saved.taken == 0) return;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &saved.settings);
  saved.taken = 0;
}

void put_back_and_end(int signal, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  put_back();
  for (std::size_t i = 0; i < kEnding.size(); ++i) {
    if (kEnding[i] == signal) ::sigaction(signal, &saved.handlers[i], nullptr);
  }
  // An instruction that faulted does so again on return; what was sent must be sent again.
  const bool can_fault =
      signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE;
  if (!can_fault || info->si_code <= 0) ::raise(signal);
  errno = error;
}

void give_handlers_a_stack() {
  stack_t current{};
  ::sigaltstack(nullptr, &current);
  if ((current.ss_flags & SS_DISABLE) == 0) return;  // a sanitizer's serves as well
  stack_t stack{};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  ::sigaltstack(&stack, nullptr);
}

void install_handlers() {
  give_handlers_a_stack();
  struct sigaction action{};
  action.sa_sigaction = &put_back_and_end;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigemptyset(&action.sa_mask);
  ::sigaddset(&action.sa_mask, SIGTTOU);  // or tcsetattr would stop a program in the background
  for (std::size_t i = 0; i < kEnding.size(); ++i) {
    ::sigaction(kEnding[i], nullptr, &saved.handlers[i]);
    if (saved.handlers[i].sa_handler != SIG_IGN) ::sigaction(kEnding[i], &action, nullptr);
  }
}

void remove_handlers() {
  for (std::size_t i = 0; i < kEnding.size(); ++i) {
    ::sigaction(kEnding[i], &saved.handlers[i], nullptr);
  }
}

}  // namespace

bool Terminal::has_user() {
  return ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

Terminal::Terminal() {
  if (::tcgetattr(STDIN_FILENO, &saved.settings) != 0) {
    pactor::os::fail("cannot read the terminal's settings");
  }
  install_handlers();
  take_keys();
}

Terminal::~Terminal() {
  restore();
  remove_handlers();
}

void Terminal::restore() {
  sigset_t background_output;
  sigset_t before;
  ::sigemptyset(&background_output);
  ::sigaddset(&background_output, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &background_output, &before);
  put_back();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Terminal::take_keys() {
  termios keys = saved.settings;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  saved.taken = 1;  // first: a handler that comes in between puts back what has not changed
  ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

}  // namespace cli
