// The memory that the machine has less while many actors sleep, by MemAvailable and for each of them:
// all that they cost is in it, the kernel's part, their mailboxes and what the keeper holds for them.
#include "workloads.hpp"

#include <pactor/pactor.hpp>

#include <fstream>

namespace bench {

class Idler {
 public:
  void nothing() {}
};
PACTOR_ACTOR(Idler, nothing);

namespace {

double available_kib() {
  // Each CPU counts pages for itself and adds up once a second; root can have it done now. Whoever is
  // not root gets figures that may be off by some pages per CPU.
  std::ifstream refresh("/proc/sys/vm/stat_refresh");
  refresh.get();
  return static_cast<double>(number_in("/proc/meminfo", "MemAvailable:"));
}

}  // namespace

Measured idle_memory(const Effort& effort) {
  const double before = available_kib();
  std::vector<pactor::Actor<Idler>> actors(static_cast<std::size_t>(effort.idle_actors));
  for (const auto& actor : actors) Sleeper(actor.pid()).wait_until_asleep();
  const double each = (before - available_kib()) / effort.idle_actors;
  pactor::close_all(actors);
  pactor::join_all(actors);
  return {.row = "idle_memory", .value = each};
}

}  // namespace bench
