#include <pactor/os/process.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/status.hpp>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>

namespace pactor::os {

namespace {

// glibc keeps the thread id in the thread's descriptor (pthread_mutex, pthread_kill and others read
// it), and its own fork() has the kernel renew it. A raw clone must do the same. The kernel tells
// the address where it was built with checkpoint support; elsewhere it is found by its value.
int* thread_id_slot() {
  int* slot = nullptr;
  if (::prctl(PR_GET_TID_ADDRESS, &slot) == 0 && slot != nullptr) return slot;
  constexpr std::size_t kDescriptorInts = 512;
  auto* descriptor = reinterpret_cast<int*>(::pthread_self());
  for (std::size_t i = 0; i < kDescriptorInts; ++i) {
    if (descriptor[i] == ::gettid()) return descriptor + i;
  }
  return nullptr;
}

// Peeks: the child stays as it is. 0: none.
pid_t ended_child(idtype_t which, id_t id) {
  siginfo_t info{};
  const int result = ::waitid(which, id, &info, WEXITED | __WALL | WNOHANG | WNOWAIT);
  return result != 0 ? 0 : info.si_pid;
}

}  // namespace

pid_t clone_process(Parent parent) {
  // Found anew each time: a forked child lives on the descriptor of the thread that forked it.
  int* const slot = thread_id_slot();
  unsigned long flags = 0;
  if (slot != nullptr) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  if (parent == Parent::mine) {
    // The exit signal is then the one that this process itself has; the one given here only makes a
    // debugger see a fork, where it would see a new thread otherwise.
    flags |= CLONE_PARENT | SIGCHLD;
  } else if (parent == Parent::me_told || read_process_status().traced) {
    flags |= SIGCHLD;
  }
#if defined(__x86_64__) || defined(__aarch64__)
#if defined(__x86_64__)
  return static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, slot, nullptr));
#else
  return static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, slot));
#endif
#else
#error "pactor: the argument order of clone(2) is not known for this processor"
#endif
}

Fd open_child_signals() {
  // Programs may have been started with SIGCHLD ignored, and then nobody would be there to be reaped.
  std::signal(SIGCHLD, SIG_DFL);
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  Fd signals{::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals) fail("cannot watch for the end of processes");
  return signals;
}

void clear_child_signals(const Fd& signals) {
  signalfd_siginfo info;  // NOLINT: filled by the kernel
  while (::read(signals.get(), &info, sizeof info) > 0) {
  }
}

Fd open_pidfd(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

std::optional<WaitStatus> reap(pid_t pid, bool block) {
  siginfo_t info{};
  const int options = WEXITED | __WALL | (block ? 0 : WNOHANG);
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(pid), &info, options);
  } while (result != 0 && errno == EINTR);
  if (result != 0 || info.si_pid == 0) return std::nullopt;
  return WaitStatus{.signalled = info.si_code != CLD_EXITED, .code = info.si_status};
}

bool has_ended(pid_t pid) { return ended_child(P_PID, static_cast<id_t>(pid)) != 0; }

bool wait_ended(pid_t pid, Deadline deadline) {
  const Fd process = open_pidfd(pid);
  if (!process) return has_ended(pid);
  pollfd entry{.fd = process.get(), .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, poll_timeout_ms(deadline)) == 1;
}

pid_t any_ended_child() { return ended_child(P_ALL, 0); }

bool has_replaced_itself(pid_t pid) {
  // The fields behind the name, which ends at the last ')': state ppid pgrp session tty tpgid flags.
  const std::string stat = read_small_file(("/proc/" + std::to_string(pid) + "/stat").c_str());
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return false;
  constexpr unsigned long kExiting = 0x4;  // PF_EXITING of the kernel
  constexpr unsigned long kNoExec =
      0x40;  // PF_FORKNOEXEC: cloned, and still what it was cloned from
  unsigned long flags = 0;
  const int read = std::sscanf(stat.c_str() + name_end + 1, " %*c %*d %*d %*d %*d %*d %lu", &flags);
  return read == 1 && (flags & (kExiting | kNoExec)) == 0;
}

bool die_with_parent(pid_t expected) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return ::getppid() == expected;  // asked after: a parent that died before is noticed here
}

void close_from(int first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  for (int fd = first; fd < static_cast<int>(::sysconf(_SC_OPEN_MAX)); ++fd) ::close(fd);
}

std::string list_children() {
  return read_small_file(("/proc/self/task/" + std::to_string(::gettid()) + "/children").c_str());
}

void kill_children() noexcept {
  std::array<char, 4096> text;  // NOLINT: filled by the kernel
  const Fd file{::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)};
  const ssize_t length = file ? ::read(file.get(), text.data(), text.size()) : 0;
  const char* const end = text.data() + std::max<ssize_t>(length, 0);
  // A space follows each number; what is behind the last one is but a part of one.
  for (const char* at = text.data(); at < end;) {
    const char* const space = std::find(at, end, ' ');
    pid_t pid = 0;
    if (space == end || std::from_chars(at, space, pid).ec != std::errc()) return;
    ::kill(pid, SIGKILL);
    at = space + 1;
  }
}

ProcessStatus read_process_status() {
  const Status status("/proc/self/status");
  return {.threads = static_cast<int>(status.number("Threads", 10, 1)),
          .traced = status.number("TracerPid", 10, 0) != 0};
}

}  // namespace pactor::os
