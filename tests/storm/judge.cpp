// Raises storms over families of actors, and judges what they leave. It does not link pactor.
//
//     storm_judge PROGRAM [--for 90s | 5m | 1h] [--seed N]
//
// Its exit status is 0 if every promise was kept.
#include "storm.hpp"

#include <sys/prctl.h>
#include <charconv>
#include <cstdio>
#include <optional>
#include <random>
#include <string_view>

namespace {

using namespace std::chrono_literals;

// All of `text` but its unit, which is given back.
std::optional<std::string_view> parse(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc() || number > 1'000'000'000'000) return std::nullopt;
  return text.substr(static_cast<std::size_t>(end - text.begin()));
}

std::optional<storm::Plan> read_plan(int count, char** arguments) {
  if (count < 2 || count % 2 != 0) return std::nullopt;
  storm::Plan plan{.program = arguments[1], .seed = std::random_device{}()};
  for (int i = 2; i < count; i += 2) {
    const std::string_view option = arguments[i];
    std::uint64_t number = 0;
    const auto unit = parse(arguments[i + 1], number);
    if (option == "--seed" && unit == "") {
      plan.seed = number;
    } else if (option == "--for" && (unit == "s" || unit == "m" || unit == "h")) {
      plan.time = number * (unit == "s" ? std::chrono::seconds(1) : unit == "m" ? 1min : 1h);
    } else {
      return std::nullopt;
    }
  }
  return plan;
}

}  // namespace

int main(int count, char** arguments) {
  const auto plan = read_plan(count, arguments);
  if (!plan) {
    std::fputs("usage: storm_judge PROGRAM [--for 90s | 5m | 1h] [--seed N]\n", stderr);
    return 2;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // who outlives a keeper comes to us
  std::printf("seed         %llu\n", static_cast<unsigned long long>(plan->seed));
  std::fflush(stdout);
  storm::Storm storm(*plan);
  const storm::Tally& tally = storm.raise();
  print(tally);
  return tally.violations == 0 ? 0 : 1;
}
