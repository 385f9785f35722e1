// pactor_bench: pactor's figures beside their floors, as a table and as JSON. `./dev bench --help`.
//
// Every round measures the floors, then everything of ours, so that a machine that is slow for a while
// is slow for both. Figures of a machine that does other things meanwhile are worth little.
#include "floors_run.hpp"
#include "report.hpp"
#include "workloads.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

namespace {

constexpr bench::Effort kThorough{.ns = 300e6, .spawns = 200, .idle_actors = 1000};
constexpr bench::Effort kQuick{.ns = 80e6, .spawns = 60, .idle_actors = 200};

// In the order in which a round takes them. By the row that each is chosen by.
struct Workload {
  const char* row;
  std::function<std::vector<bench::Measured>(const bench::Effort&)> run;
};

Workload one(const char* row, bench::Measured (*run)(const bench::Effort&)) {
  return {row, [run](const bench::Effort& effort) { return std::vector{run(effort)}; }};
}

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = {
      one("ask_hot", bench::hot_ask),
      one("ask_asleep_same_core", bench::sleeping_ask_same_core),
      one("ask_asleep_two_cores", bench::sleeping_ask_two_cores),
      one("stream_8", bench::stream_8),
      one("stream_64", bench::stream_64),
      one("stream_1024", bench::stream_1024),
      one("one_sender", bench::one_sender),
      one("four_senders", bench::four_senders),
      one("large_1", bench::large_1),
      one("large_64", bench::large_64),
      {"blob_64", bench::blob_64},
      one("ring_100", bench::ring_100),
      {"spawn", bench::spawn},
      // Last: the kernel clears up after so many for a while.
      one("ask_hot_among_idle", bench::hot_ask_among_idle),
      one("stream_8_among_idle", bench::stream_among_idle),
      one("idle_memory", bench::idle_memory),
  };
  return all;
}

void run(int rounds, const bench::Effort& effort, const std::regex& only,
         const std::string& json_file) {
  bench::Table table;
  for (int round = 1; round <= rounds; ++round) {
    std::fprintf(stderr, "pactor_bench: round %d of %d\n", round, rounds);
    table.add_floors(bench::run_floors());
    for (const Workload& workload : workloads()) {
      if (std::regex_search(workload.row, only)) table.add(workload.run(effort));
    }
  }
  const std::vector<bench::Result> results = table.results();
  bench::print(std::cout, results);
  bench::write_json(json_file, results, table.floors(), rounds);
  std::fprintf(stderr, "pactor_bench: the same, and the floors, in %s\n", json_file.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("pactor's figures beside the floors that this machine sets, measured in turns");
  int rounds = 0;
  bool quick = false;
  std::string json_file = "build/bench.json";
  app.add_option("--rounds", rounds, "how often to measure everything [5, quick 3]")
      ->check(CLI::Range(1, 1000));
  app.add_option("--json", json_file, "where to write the results as JSON")->capture_default_str();
  std::string only;
  app.add_option("--only", only,
                 "rows that match this regular expression (ask_hot, stream, spawn …)");
  app.add_flag("--quick", quick, "less of everything, for a first impression");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (rounds == 0) rounds = quick ? 3 : 5;
  try {
    run(rounds, quick ? kQuick : kThorough, std::regex(only), json_file);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pactor_bench: %s\n", error.what());
    return 1;
  }
}
