// What tests with real processes share: looking at processes, waiting for their end, and gates at
// which an actor and the test meet. Everything waits on events; nothing sleeps.
//
//     class Spawning : public ProcessTest {};            // complains of processes left behind
//     Door door;                                         // pipes of the test
//     actor->block_at(door.gate());                      // there: gate.arrive(); gate.pass();
//     door.wait_for_arrival(); ...; door.open();
#pragma once

#include "process_tree.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace processes {

using pactor::testing::contains;
using pactor::testing::full;

// What an actor gets of a Door: it can be sent.
struct Gate {
  std::string arrivals;  // the test reads
  std::string passes;    // the test writes

  void arrive() const {
    const int fd = ::open(arrivals.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || ::write(fd, "a", 1) != 1) std::abort();
    ::close(fd);
  }
  void pass() const {
    const int fd = ::open(passes.c_str(), O_RDONLY | O_CLOEXEC);
    char byte = 0;
    if (fd < 0 || ::read(fd, &byte, 1) != 1) std::abort();
    ::close(fd);
  }
};

// Two pipes, which others open by their names under /proc: actors inherit no descriptors.
class Door {
 public:
  Door() {
    if (::pipe2(arrivals_, O_CLOEXEC) != 0 || ::pipe2(passes_, O_CLOEXEC) != 0) std::abort();
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  ~Door() {
    for (const int fd : {arrivals_[0], arrivals_[1], passes_[0], passes_[1]}) ::close(fd);
  }

  [[nodiscard]] Gate gate() const { return {name_of_end(arrivals_[1]), name_of_end(passes_[0])}; }

  // One arrival, or a failed test.
  void wait_for_arrival() {
    pollfd entry{.fd = arrivals_[0], .events = POLLIN, .revents = 0};
    char byte = 0;
    if (::poll(&entry, 1, kBoundMs) != 1 || ::read(arrivals_[0], &byte, 1) != 1) {
      ADD_FAILURE() << "nobody arrived at the gate";
    }
  }
  // Lets one pass, now or when it comes.
  void open() {
    if (::write(passes_[1], "p", 1) != 1) std::abort();
  }

 private:
  static std::string name_of_end(int fd) {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd);
  }

  int arrivals_[2] = {-1, -1};
  int passes_[2] = {-1, -1};
};

// Sends a signal to the one process `pid`.
inline void send_signal(pid_t pid, int signal) {
  if (pid <= 1) {  // 0 and below would be whole groups
    ADD_FAILURE() << "there is no such process";
  } else {
    ::kill(pid, signal);
  }
}

// Ends the calling process by `signal` as the kernel would: past the handlers of sanitizers, and
// with no core file.
[[noreturn]] inline void die_by(int signal) {
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
  std::abort();
}

// UndefinedBehaviorSanitizer's check of types opens descriptors, and reports nonsense where it cannot.
#if defined(__SANITIZE_ADDRESS__)
#define PACTOR_SKIP_IF_CHECKS_NEED_DESCRIPTORS() GTEST_SKIP() << "a sanitizer needs descriptors"
#else
#define PACTOR_SKIP_IF_CHECKS_NEED_DESCRIPTORS() static_cast<void>(0)
#endif

// A fixture for tests that create actors: each must have seen to their end.
class ProcessTest : public testing::Test {
 protected:
  void TearDown() override {
    const std::map<pid_t, std::string> left = descendants_of(::getpid());
    for (const auto& [pid, name] : left) {
      EXPECT_TRUE(name == "pactor-keeper" || name == "pactor-zygote")
          << "process " << pid << " (" << name << ") is left behind";
    }
    EXPECT_LE(left.size(), 2u);
  }
};

// The text of the `Expected` that `act` throws; a failed test if it throws another, or none.
template <class Expected, class Act>
std::string text_of(Act act) {
  try {
    act();
  } catch (const Expected& error) {
    EXPECT_STREQ(typeid(error).name(), typeid(Expected).name());
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "threw " << typeid(error).name() << " instead: " << error.what();
    return {};
  }
  ADD_FAILURE() << "threw nothing";
  return {};
}

}  // namespace processes
