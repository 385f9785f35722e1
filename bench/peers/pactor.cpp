// pactor, by the workloads of its own benchmark (../workloads.hpp).
#include "workload.hpp"

#include "../workloads.hpp"

#include <algorithm>

namespace bench::peers {
namespace {

Effort effort(double ns) {
  constexpr double kSpawnNs = 1e6;
  return {.ns = ns, .spawns = std::max(20, static_cast<int>(ns / kSpawnNs)), .idle_actors = 1000};
}

Figures figures(const Measured& measured) {
  return {.wall_ns = measured.wall_ns,
          .cpu_ns = measured.cpu_ns,
          .p50_ns = measured.p50_ns,
          .p99_ns = measured.p99_ns};
}

// A workload that finds one row.
Workload one(Measured (*workload)(const Effort&)) {
  return [workload](double ns) { return figures(workload(effort(ns))); };
}

// One of the rows that a workload finds together.
Workload one_of(std::vector<Measured> (*workload)(const Effort&), std::string_view row) {
  return [workload, row](double ns) {
    for (const Measured& measured : workload(effort(ns))) {
      if (measured.row == row) return figures(measured);
    }
    throw std::runtime_error("no row " + std::string(row));
  };
}

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  // Without a guard: pactor's processes end with the program, and it makes no files.
  return run(
      argc, argv,
      {{"ask_hot", one(bench::hot_ask)},
       {"ask_asleep", one(bench::sleeping_ask_two_cores)},
       {"stream_8", one(bench::stream_8)},
       {"stream_64", one(bench::stream_64)},
       {"stream_1024", one(bench::stream_1024)},
       {"four_senders", one(bench::four_senders)},
       {"spawn", one_of(bench::spawn, "spawn")},
       {"memory", [](double ns) { return Figures{.kib = bench::idle_memory(effort(ns)).value}; }},
       {"ring_100", one(bench::ring_100)},
       {"large_1", one(bench::large_1)},
       {"large_64", one(bench::large_64)}},
      [](const std::function<int()>& body) { return body(); });
}
