// The rows of the table: what is measured, against which floor, and how good it has to be.
//
//     Table table;
//     table.add_floors(run_floors());        // each round
//     table.add(hot_ask(effort));
//     print(std::cout, table.results());
//
// A row's figure is the median of its rounds, and so is its floor: rounds of both take turns, so that
// what the machine does meanwhile hits both.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class Unit { nanoseconds, per_second, kibibytes, gigabytes_per_second };

// "at most 4 times the floor", "at least 5 million a second".
struct Bound {
  enum class Sense { at_most, at_least };
  enum class Of { floor, figure };
  Sense sense;
  double value;
  Of of;
};

struct Row {
  std::string_view id;  // in JSON
  std::string_view title;
  Unit unit;
  std::string_view floor;         // in the floors' output, or another row; empty: there is none
  std::optional<Bound> required;  // a release that misses it is broken
  std::optional<Bound> goal;      // where it is to get
};

// All rows, in the order of the table.
[[nodiscard]] const std::vector<Row>& rows();

// What one round found for one row.
struct Measured {
  std::string_view row;  // Row::id
  double value;          // in the row's unit
  // Per operation, of all processes that take part.
  std::optional<double> wall_ns = {};
  std::optional<double> cpu_ns = {};  // user and system time
  // Of single operations.
  std::optional<double> p50_ns = {};
  std::optional<double> p99_ns = {};
  // How often a process went to sleep, per operation.
  std::optional<double> sleeps = {};
};

struct Spread {
  double median;
  double min;
  double max;
};

// A row after all rounds.
struct Result {
  const Row* row;
  Spread value;
  std::optional<Spread> floor;
  std::optional<double> ratio;  // of the medians: value / floor
  std::optional<double> wall_ns, cpu_ns, p50_ns, p99_ns, sleeps;

  // Nothing if there is no such bound.
  [[nodiscard]] std::optional<bool> keeps(const std::optional<Bound>& bound) const;
};

using Floors = std::map<std::string, double, std::less<>>;

class Table {
 public:
  void add(const Measured& measured) { measured_[measured.row].push_back(measured); }
  void add(const std::vector<Measured>& several) {
    for (const Measured& one : several) add(one);
  }
  void add_floors(const Floors& floors) {
    for (const auto& [name, value] : floors) floors_[name].push_back(value);
  }

  [[nodiscard]] std::vector<Result> results() const;
  [[nodiscard]] std::map<std::string, Spread, std::less<>> floors() const;

 private:
  [[nodiscard]] Spread floor_of(const Row& row) const;

  std::map<std::string_view, std::vector<Measured>> measured_;
  std::map<std::string, std::vector<double>, std::less<>> floors_;
};

}  // namespace bench
