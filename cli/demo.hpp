// `pactor demo`: four monitors of this machine report to an aggregator, each in its own process.
//
//     return cli::demo({.run_for = 5s, .every = 500ms});   // the exit status: 0 if all ended in order
//
// On a terminal it runs until q is pressed; elsewhere for `run_for`, or 5 s. SIGINT, SIGTERM and SIGHUP
// end it in order too.
#pragma once

#include <chrono>
#include <optional>

namespace cli {

struct DemoOptions {
  std::optional<std::chrono::milliseconds> run_for = std::nullopt;
  std::chrono::milliseconds every = std::chrono::milliseconds(500);
};

int demo(const DemoOptions& options);

}  // namespace cli
