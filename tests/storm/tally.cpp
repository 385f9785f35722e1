#include "tally.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

namespace storm {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

// In µs, of the step that `part` of all are in or below.
double percentile(const Tally::Histogram& histogram, double part) {
  const auto all = std::accumulate(histogram.begin(), histogram.end(), std::uint64_t{0});
  std::uint64_t below = 0;
  for (std::size_t step = 0; step < histogram.size(); ++step) {
    below += histogram[step];
    if (static_cast<double>(below) >= part * static_cast<double>(all)) {
      return Latencies::ns_of(step) / 1'000;
    }
  }
  return 0;
}

// In ms, of times in order.
double percentile(const std::vector<nanoseconds>& times, double part) {
  if (times.empty()) return 0;
  const auto index = static_cast<std::size_t>(part * static_cast<double>(times.size() - 1));
  return std::chrono::duration<double, std::milli>(times[index]).count();
}

unsigned long long number(std::uint64_t count) { return count; }

}  // namespace

void Tally::add(const Court& court) {
  const Court::Counts& more = court.counts();
  for (auto count : {&Court::Counts::accepted, &Court::Counts::processed, &Court::Counts::refused,
                     &Court::Counts::answered, &Court::Counts::died, &Court::Counts::in_progress,
                     &Court::Counts::lives}) {
    counts.*count += more.*count;
  }
  violations += court.violations().size();
}

void Tally::add(const Ledger& ledger) {
  for (const Bystanders& pair : ledger.bystanders) {
    for (std::size_t weather = 0; weather < kWeathers; ++weather) {
      for (std::size_t step = 0; step < Latencies::kSteps; ++step) {
        latencies[weather][step] += pair.latencies[weather].counts[step];
      }
    }
  }
}

std::uint64_t Tally::all_kills() const {
  return std::accumulate(kills.begin(), kills.end(), std::uint64_t{0});
}

void print(Tally tally) {
  const auto kills = [&](Family::Kind kind) {
    return number(tally.kills[static_cast<std::size_t>(kind)]);
  };
  std::ranges::sort(tally.gone);
  std::ranges::sort(tally.told);
  const auto late =
      std::ranges::count_if(tally.gone, [](nanoseconds time) { return time > 100ms; });
  using enum Family::Kind;
  std::printf(
      "kills        %llu: %llu receivers, %llu senders, %llu at their birth, %llu keepers, "
      "%llu zygotes, %llu programs\n",
      number(tally.all_kills()), kills(receiver), kills(sender), kills(newborn), kills(keeper),
      kills(zygote), kills(program));
  std::printf("stops        %llu\n", number(tally.stops));
  std::printf("families     %llu, of which %llu were drained and closed\n", number(tally.families),
              number(tally.drained));
  std::printf("messages     %llu accepted, %llu processed to the end, %llu refused\n",
              number(tally.counts.accepted), number(tally.counts.processed),
              number(tally.counts.refused));
  std::printf("in progress  %llu at their receiver's death\n", number(tally.counts.in_progress));
  std::printf("asks         %llu answered, %llu failed by such a death\n",
              number(tally.counts.answered), number(tally.counts.died));
  std::printf(
      "ends         after %zu kills of a program, keeper or zygote: all gone in %.1f ms (median), "
      "%.1f ms (slowest), later than 100 ms: %td\n",
      tally.gone.size(), percentile(tally.gone, 0.5), percentile(tally.gone, 1), late);
  std::printf(
      "             a program that has lost its actors has ended in %.1f ms (median), %.1f ms "
      "(slowest)\n",
      percentile(tally.told, 0.5), percentile(tally.told, 1));
  const auto of = [&](Weather weather) -> const Tally::Histogram& {
    return tally.latencies[static_cast<std::size_t>(weather)];
  };
  const double calm = percentile(of(Weather::calm), 0.99);
  for (const auto& [weather, name] :
       {std::pair(Weather::calm, "left alone:     "), std::pair(Weather::gusts, "others stopped: "),
        std::pair(Weather::storm, "others killed:  ")}) {
    const double p99 = percentile(of(weather), 0.99);
    std::printf(
        "bystanders   %s an ask takes %.0f µs (median), %.0f µs (p99), p99 to that of the calm "
        "%.2f\n",
        name, percentile(of(weather), 0.5), p99, p99 / calm);
  }
  std::printf("violations   %llu\n", number(tally.violations));
}

}  // namespace storm
