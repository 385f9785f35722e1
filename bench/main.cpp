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
#include <iostream>

namespace {

constexpr bench::Effort kThorough{.ns = 300e6, .spawns = 200, .idle_actors = 1000};
constexpr bench::Effort kQuick{.ns = 80e6, .spawns = 60, .idle_actors = 200};

void run(int rounds, const bench::Effort& effort, const std::string& json_file) {
  bench::Table table;
  for (int round = 1; round <= rounds; ++round) {
    std::fprintf(stderr, "pactor_bench: round %d of %d\n", round, rounds);
    table.add_floors(bench::run_floors());
    table.add(bench::hot_ask(effort));
    table.add(bench::sleeping_ask_same_core(effort));
    table.add(bench::sleeping_ask_two_cores(effort));
    table.add(bench::streams(effort));
    table.add(bench::spawn(effort));
    // Last: the kernel clears up after so many for a while.
    table.add(bench::hot_ask_among_idle(effort));
    table.add(bench::stream_among_idle(effort));
    table.add(bench::idle_memory(effort));
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
  app.add_flag("--quick", quick, "less of everything, for a first impression");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (rounds == 0) rounds = quick ? 3 : 5;
  try {
    run(rounds, quick ? kQuick : kThorough, json_file);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pactor_bench: %s\n", error.what());
    return 1;
  }
}
