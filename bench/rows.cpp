#include "rows.hpp"

#include "measure.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {

namespace {

constexpr Bound at_most_floor(double times) {
  return {Bound::Sense::at_most, times, Bound::Of::floor};
}
constexpr Bound at_least_floor(double times) {
  return {Bound::Sense::at_least, times, Bound::Of::floor};
}
constexpr Bound at_most(double value) { return {Bound::Sense::at_most, value, Bound::Of::figure}; }
constexpr Bound at_least(double value) {
  return {Bound::Sense::at_least, value, Bound::Of::figure};
}

Spread spread(const std::vector<double>& values) {
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {.median = quantile(values, 0.5), .min = *min, .max = *max};
}

std::vector<double> values(const std::vector<Measured>& rounds) {
  std::vector<double> all(rounds.size());
  std::transform(rounds.begin(), rounds.end(), all.begin(),
                 [](const Measured& round) { return round.value; });
  return all;
}

std::optional<double> median(const std::vector<Measured>& rounds,
                             std::optional<double> Measured::* of) {
  std::vector<double> values;
  for (const Measured& round : rounds) {
    if (const auto& value = round.*of) values.push_back(*value);
  }
  return values.empty() ? std::nullopt : std::optional(quantile(std::move(values), 0.5));
}

}  // namespace

const std::vector<Row>& rows() {
  using enum Unit;
  static const std::vector<Row> all = {
      {"ask_hot", "ask, 8 B, both sides hot", nanoseconds, "bounce_line_ns", at_most_floor(4),
       at_most_floor(2)},
      {"ask_hot_among_idle",
       "the same among idle channels",
       nanoseconds,
       "ask_hot",
       {},
       at_most_floor(1.1)},
      {"ask_asleep_same_core",
       "ask, 8 B, asleep, same core",
       nanoseconds,
       "futex_ping_pong_same_core_ns",
       {},
       at_most_floor(1.3)},
      {"ask_asleep_two_cores",
       "ask, 8 B, asleep, two cores",
       nanoseconds,
       "futex_ping_pong_two_cores_ns",
       {},
       at_most_floor(1.3)},
      {"stream_8", "tell stream, 8 B", per_second, "spsc_8_per_s", at_least(5e6),
       at_least_floor(0.2)},
      {"stream_8_among_idle",
       "the same among idle channels",
       per_second,
       "stream_8",
       {},
       at_least_floor(0.9)},
      {"stream_64", "tell stream, 64 B", per_second, "spsc_64_per_s", at_least(5e6),
       at_least_floor(0.4)},
      {"stream_1024", "tell stream, 1 KiB", per_second, "spsc_1024_per_s", {}, at_least_floor(0.7)},
      {"four_senders",
       "CPU time of a tell, four senders",
       nanoseconds,
       "one_sender",
       {},
       at_most_floor(1.4)},
      {"one_sender", "CPU time of a tell, one sender", nanoseconds, "", {}, {}},
      {"large_1", "ask with 1 MiB, all of it read", nanoseconds, "", {}, {}},
      {"large_64", "ask with 64 MiB, all of it read", nanoseconds, "", {}, {}},
      {"blob_64",
       "Blob of 64 MiB, read by its receiver",
       gigabytes_per_second,
       "sum_64MiB_gb_per_s",
       {},
       at_least_floor(0.8)},
      {"blob_64_cold",
       "the same, the first time",
       gigabytes_per_second,
       "sum_64MiB_gb_per_s",
       {},
       {}},
      {"ring_100",
       "hops round 100 actors",
       per_second,
       "futex_ring_100_hops_per_s",
       {},
       at_least_floor(0.7)},
      {"spawn", "spawn, ready to answer", nanoseconds, "fork_ready_ns", at_most_floor(4),
       at_most_floor(3)},
      {"close_join", "close and join", nanoseconds, "", {}, {}},
      {"idle_memory", "memory of an idle actor", kibibytes, "", {}, at_most(192)},
  };
  return all;
}

std::optional<bool> Result::keeps(const std::optional<Bound>& bound) const {
  if (!bound) return std::nullopt;
  const std::optional<double> figure = bound->of == Bound::Of::floor ? ratio : value.median;
  if (!figure) return std::nullopt;
  return bound->sense == Bound::Sense::at_most ? *figure <= bound->value : *figure >= bound->value;
}

Spread Table::floor_of(const Row& row) const {
  if (const auto floor = floors_.find(row.floor); floor != floors_.end()) {
    return spread(floor->second);
  }
  if (const auto other = measured_.find(row.floor); other != measured_.end()) {
    return spread(values(other->second));
  }
  throw std::runtime_error("neither the floors nor the rows include " + std::string(row.floor));
}

std::vector<Result> Table::results() const {
  std::vector<Result> results;
  for (const Row& row : rows()) {
    const auto found = measured_.find(row.id);
    if (found == measured_.end()) continue;
    const std::vector<Measured>& rounds = found->second;
    Result result{.row = &row,
                  .value = spread(values(rounds)),
                  .floor = {},
                  .ratio = {},
                  .wall_ns = median(rounds, &Measured::wall_ns),
                  .cpu_ns = median(rounds, &Measured::cpu_ns),
                  .p50_ns = median(rounds, &Measured::p50_ns),
                  .p99_ns = median(rounds, &Measured::p99_ns),
                  .sleeps = median(rounds, &Measured::sleeps)};
    if (!row.floor.empty()) {
      result.floor = floor_of(row);
      result.ratio = result.value.median / result.floor->median;
    }
    results.push_back(result);
  }
  return results;
}

std::map<std::string, Spread, std::less<>> Table::floors() const {
  std::map<std::string, Spread, std::less<>> all;
  for (const auto& [name, values] : floors_) all.emplace(name, spread(values));
  return all;
}

}  // namespace bench
