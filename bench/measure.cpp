#include "measure.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace bench {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<int> allowed_cpus() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) fail("sched_getaffinity");
  std::vector<int> cpus;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(static_cast<unsigned>(i), &allowed)) cpus.push_back(i);
  }
  return cpus;
}

// As it was before anything was pinned. Actors, which begin as copies of this program, have it too.
const std::vector<int> kAllowed = allowed_cpus();

std::filesystem::path proc(pid_t pid) { return "/proc/" + std::to_string(pid); }

// What follows the name in /proc/PID/stat: the state, the parent, … The name itself may hold anything.
std::string after_name(const std::string& stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) {
    throw std::runtime_error("/proc/PID/stat looks unlike itself: " + stat);
  }
  return stat.substr(name_end + 2);
}

}  // namespace

int cpu(std::size_t nth) { return kAllowed.at(std::min(nth, kAllowed.size() - 1)); }

std::size_t cpus() { return kAllowed.size(); }

void pin_to(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(cpu), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) fail("sched_setaffinity");
}

Pinned::Pinned(int cpu) {
  if (::sched_getaffinity(0, sizeof before_, &before_) != 0) fail("sched_getaffinity");
  pin_to(cpu);
}

Pinned::~Pinned() { ::sched_setaffinity(0, sizeof before_, &before_); }

double cpu_ns(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (const int error = ::clock_getcpuclockid(pid, &clock); error != 0) {
    throw std::system_error(error, std::generic_category(), "the CPU clock of a process");
  }
  if (::clock_gettime(clock, &used) != 0) fail("the CPU clock of a process");
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

std::uint64_t sleeps(pid_t pid) {
  return number_in(proc(pid) / "status", "voluntary_ctxt_switches:");
}

pid_t parent_of(pid_t pid) { return static_cast<pid_t>(number_in(proc(pid) / "status", "PPid:")); }

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const pid_t child = std::stoi(name);
    try {
      if (parent_of(child) == pid) children.push_back(child);
    } catch (const std::runtime_error&) {  // it has just ended
    }
  }
  return children;
}

Sleeper::Sleeper(pid_t pid)
    : pid_(pid), stat_(::open((proc(pid) / "stat").c_str(), O_RDONLY | O_CLOEXEC)) {
  if (stat_ < 0) fail("/proc/PID/stat");
}

Sleeper::~Sleeper() { ::close(stat_); }

bool Sleeper::asleep() const {
  std::array<char, 512> text;
  const ssize_t length = ::pread(stat_, text.data(), text.size(), 0);
  if (length <= 0) fail("/proc/PID/stat");
  return after_name({text.data(), static_cast<std::size_t>(length)}).front() == 'S';
}

void Sleeper::wait_until_asleep() const {
  constexpr double kTooLongNs = 2e9;
  const Stopwatch watch;
  for (int seen = 0; seen < 2;) {
    seen = asleep() ? seen + 1 : 0;
    if (seen == 0) ::sched_yield();  // it may want this very CPU
    if (watch.ns() > kTooLongNs) {
      throw std::runtime_error("process " + std::to_string(pid_) + " does not go to sleep");
    }
  }
}

double quantile(std::vector<double> of, double fraction) {
  if (of.empty()) throw std::runtime_error("no samples");
  const auto last = static_cast<double>(of.size() - 1);
  const auto at = of.begin() + static_cast<std::ptrdiff_t>(std::lround(fraction * last));
  std::nth_element(of.begin(), at, of.end());
  return *at;
}

std::uint64_t number_in(const std::filesystem::path& file, const std::string& key) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(key)) return std::stoull(line.substr(key.size()));
  }
  throw std::runtime_error("no " + key + " in " + file.string());
}

}  // namespace bench
