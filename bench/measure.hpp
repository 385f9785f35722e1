// What every benchmark measures with: time, CPU time, sleep, and places to run on.
//
//     const Pinned here(cpu(0));
//     const double before = cpu_ns(::getpid());
//     for (Stopwatch watch; watch.ns() < effort.ns;) …
//
// Everything that can fail throws std::system_error or std::runtime_error: a figure of a measurement
// that went wrong must not look like one of a measurement that went well.
#pragma once

#include <sched.h>
#include <sys/types.h>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bench {

// How much of each thing a round does.
struct Effort {
  double ns;        // about so long for each row
  int spawns;       // actors started one after another
  int idle_actors;  // actors alive at once, for the memory of each
};

class Stopwatch {
 public:
  [[nodiscard]] double ns() const {
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The nth CPU that this program was allowed to use at its start; the only one, if there is but one.
// The floors choose theirs alike.
[[nodiscard]] int cpu(std::size_t nth);

// How many this program was allowed to use at its start.
[[nodiscard]] std::size_t cpus();

// Moves the calling thread to one CPU, for good.
void pin_to(int cpu);

// Moves the calling thread to one CPU for as long as it lives; then it may run where it could before.
class Pinned {
 public:
  explicit Pinned(int cpu);
  ~Pinned();
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
};

// User and system time of a living process so far, all its threads.
[[nodiscard]] double cpu_ns(pid_t pid);

// How often a living process has gone to sleep of itself.
[[nodiscard]] std::uint64_t sleeps(pid_t pid);

[[nodiscard]] pid_t parent_of(pid_t pid);
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);

// Whether one process, looked at again and again, sleeps.
class Sleeper {
 public:
  explicit Sleeper(pid_t pid);
  ~Sleeper();
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  // Returns once the kernel has shown it as sleeping twice in a row. One look may see a process that
  // has but begun to sleep; the next comes microseconds later, when its CPU has found other work or
  // gone idle, as it has when the floors' futexes wake it.
  void wait_until_asleep() const;

 private:
  [[nodiscard]] bool asleep() const;

  const pid_t pid_;
  const int stat_;  // /proc/PID/stat, open
};

// Of some figures, none of which need be in order.
[[nodiscard]] double quantile(std::vector<double> of, double fraction);

// One line's worth of a file in /proc: the number behind `key`, as in "MemAvailable:   1234 kB".
[[nodiscard]] std::uint64_t number_in(const std::filesystem::path& file, const std::string& key);

}  // namespace bench
