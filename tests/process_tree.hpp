// Processes as /proc and the kernel show them, whoever looks: their names, children, and ends.
//
//     pid_t keeper = keeper_of(program);
//     Watched process(child_named(keeper, "disk"));   // taken hold of while it lives
//     EXPECT_TRUE(process.ends());
#pragma once

#include "support.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace processes {

namespace fs = std::filesystem;
using pactor::testing::read_file;

// Long enough for any machine; whoever needs it has failed.
inline constexpr int kBoundMs = 10'000;

// The name of a process; empty if there is none.
inline std::string name_of(pid_t pid) {
  std::string name = read_file("/proc/" + std::to_string(pid) + "/comm");
  if (!name.empty()) name.pop_back();
  return name;
}

inline std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  const std::string process = "/proc/" + std::to_string(pid) + "/task";
  std::error_code gone;
  for (const auto& thread : fs::directory_iterator(process, gone)) {
    std::istringstream list(read_file(thread.path().string() + "/children"));
    for (pid_t child = 0; list >> child;) children.push_back(child);
  }
  return children;
}

// What /proc says that a process does: 'R' runs, 'S' sleeps in the kernel, 'T' is stopped; 0: there is none.
// `whose`: its number, or that of a thread of this one as "self/task/NUMBER".
inline char state_of(const std::string& whose) {
  const std::string stat = read_file("/proc/" + whose + "/stat");
  const std::size_t behind_name = stat.rfind(") ");
  return behind_name == std::string::npos ? '\0' : stat[behind_name + 2];
}
inline char state_of(pid_t pid) { return state_of(std::to_string(pid)); }

// Whether it is asleep: neither running nor stopped.
inline bool asleep(const std::string& whose) { return state_of(whose) == 'S'; }
inline bool asleep(pid_t pid) { return asleep(std::to_string(pid)); }

// All below `pid`, with their names.
inline std::map<pid_t, std::string> descendants_of(pid_t pid) {
  std::map<pid_t, std::string> found;
  for (const pid_t child : children_of(pid)) {
    found.emplace(child, name_of(child));
    found.merge(descendants_of(child));
  }
  return found;
}

inline pid_t child_named(pid_t parent, const std::string& name) {
  for (const pid_t child : children_of(parent)) {
    if (name_of(child) == name) return child;
  }
  return 0;
}

inline pid_t keeper_of(pid_t program) { return child_named(program, "pactor-keeper"); }

// A process to wait for, whoever's child it is; taken hold of while it lives.
class Watched {
 public:
  explicit Watched(pid_t pid)
      : pid_(pid), pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  Watched(Watched&& other) noexcept : pid_(other.pid_), pidfd_(std::exchange(other.pidfd_, -1)) {}
  Watched& operator=(Watched&&) = delete;
  ~Watched() {
    if (pidfd_ >= 0) ::close(pidfd_);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Whether it has ended, at once or within the bound.
  [[nodiscard]] bool has_ended() const { return ends_within(0); }
  [[nodiscard]] bool ends() const { return ends_within(kBoundMs); }

 private:
  [[nodiscard]] bool ends_within(int timeout_ms) const {
    if (pidfd_ < 0) return true;  // it had ended before one could take hold of it
    pollfd entry{.fd = pidfd_, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, timeout_ms) == 1;
  }

  pid_t pid_;
  int pidfd_;
};

}  // namespace processes
