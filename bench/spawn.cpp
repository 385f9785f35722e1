// Actors started and ended one after another. A start is over when the Actor's constructor returns:
// the object has been constructed in its own process, which is ready to answer. The floor is a bare
// fork of a small program up to the child's first byte, and the child's reaping.
//
// CPU time of a start is that of all who take part: this program, keeper, zygote and the actor itself.
#include "workloads.hpp"

#include <pactor/pactor.hpp>

#include <unistd.h>
#include <algorithm>

namespace bench {

class Newborn {
 public:
  void nothing() {}
};
PACTOR_ACTOR(Newborn, nothing);

namespace {

// This program, its keeper and zygote.
std::vector<pid_t> standing_processes() {
  const pactor::Actor<Newborn> actor;
  const pid_t keeper = parent_of(actor.pid());
  std::vector<pid_t> processes = children_of(keeper);
  std::erase(processes, actor.pid());
  processes.push_back(keeper);
  processes.push_back(::getpid());
  return processes;
}

double cpu_ns_of(const std::vector<pid_t>& processes) {
  double sum = 0;
  for (const pid_t pid : processes) sum += cpu_ns(pid);
  return sum;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

std::vector<Measured> spawn(const Effort& effort) {
  const std::vector<pid_t> standing = standing_processes();
  std::vector<double> starts;
  std::vector<double> ends;
  double cpu = 0;
  for (int i = 0; i < effort.spawns; ++i) {
    const double cpu_before = cpu_ns_of(standing);
    const Stopwatch start;
    pactor::Actor<Newborn> actor;
    starts.push_back(start.ns());
    cpu += cpu_ns_of(standing) + cpu_ns(actor.pid()) - cpu_before;
    const Stopwatch end;
    actor.close();
    actor.join();
    ends.push_back(end.ns());
  }
  return {{.row = "spawn",
           .value = mean(starts),
           .wall_ns = mean(starts),
           .cpu_ns = cpu / effort.spawns,
           .p50_ns = quantile(starts, 0.5),
           .p99_ns = quantile(starts, 0.99)},
          {.row = "close_join",
           .value = mean(ends),
           .wall_ns = mean(ends),
           .p50_ns = quantile(ends, 0.5),
           .p99_ns = quantile(ends, 0.99)}};
}

}  // namespace bench
