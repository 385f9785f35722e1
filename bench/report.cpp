#include "report.hpp"

#include "measure.hpp"

#include <nlohmann/json.hpp>

#include <sys/utsname.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <stdexcept>
#include <thread>

namespace bench {

namespace {

// Three digits that count: "107", "16.2", "1.34".
std::string digits(double value) {
  std::array<char, 32> text;
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

struct Scale {
  double factor;
  const char* suffix;
};

Scale scale(Unit unit, double value) {
  switch (unit) {
    case Unit::nanoseconds:
      if (value >= 1e6) return {1e6, " ms"};
      if (value >= 1e3) return {1e3, " us"};
      return {1, " ns"};
    case Unit::per_second:
      return {1e6, " M/s"};
    case Unit::kibibytes:
      return {1, " KiB"};
    case Unit::gigabytes_per_second:
      return {1, " GB/s"};
  }
  return {1, ""};
}

std::string text(Unit unit, double value) {
  const Scale to = scale(unit, value);
  return digits(value / to.factor) + to.suffix;
}

std::string text(Unit unit, const std::optional<double>& value) {
  return value ? text(unit, *value) : "";
}

// In the unit of the median, so that the three can be compared at a glance.
std::string range(Unit unit, const Spread& spread) {
  const Scale to = scale(unit, spread.median);
  return digits(spread.min / to.factor) + ".." + digits(spread.max / to.factor);
}

std::string text(Unit unit, const Bound& bound) {
  const std::string sense = bound.sense == Bound::Sense::at_most ? "<= " : ">= ";
  std::array<char, 32> times;
  std::snprintf(times.data(), times.size(), "%gx", bound.value);
  return sense + (bound.of == Bound::Of::floor ? times.data() : text(unit, bound.value));
}

std::string verdict(const Result& result, const std::optional<Bound>& bound) {
  const std::optional<bool> kept = result.keeps(bound);
  if (!bound || !kept) return "";
  return text(result.row->unit, *bound) + (*kept ? " yes" : " NO");
}

nlohmann::json to_json(const Spread& spread) {
  return {{"median", spread.median}, {"min", spread.min}, {"max", spread.max}};
}

nlohmann::json to_json(const Result& result, const Bound& bound) {
  return {{bound.sense == Bound::Sense::at_most ? "at_most" : "at_least", bound.value},
          {"of", bound.of == Bound::Of::floor ? "floor" : "figure"},
          {"kept", result.keeps(bound).value_or(false)}};
}

nlohmann::json to_json(const Result& result) {
  const Row& row = *result.row;
  static constexpr std::array kUnits = {"ns", "per_s", "KiB", "GB_per_s"};
  nlohmann::json json = {{"id", row.id},
                         {"title", row.title},
                         {"unit", kUnits.at(static_cast<std::size_t>(row.unit))},
                         {"ours", to_json(result.value)}};
  if (result.floor && result.ratio) {
    json["floor"] = to_json(*result.floor);
    json["floor"]["name"] = row.floor;
    json["ratio"] = *result.ratio;
  }
  if (row.required) json["required"] = to_json(result, *row.required);
  if (row.goal) json["goal"] = to_json(result, *row.goal);
  const auto put = [&json](const char* key, const std::optional<double>& value) {
    if (value) json[key] = *value;
  };
  put("wall_ns_per_op", result.wall_ns);
  put("cpu_ns_per_op", result.cpu_ns);
  put("p50_ns", result.p50_ns);
  put("p99_ns", result.p99_ns);
  put("sleeps_per_op", result.sleeps);
  return json;
}

std::string cpu_model() {
  std::ifstream lines("/proc/cpuinfo");
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

void print(std::ostream& out, const std::vector<Result>& results) {
  using Line = std::array<std::string, 11>;
  std::vector<Line> lines = {{"", "ours", "min..max", "floor", "ratio", "required", "goal",
                              "wall/op", "user+sys/op", "p50", "p99"}};
  for (const Result& result : results) {
    const Row& row = *result.row;
    const auto ns = [](const std::optional<double>& value) {
      return text(Unit::nanoseconds, value);
    };
    lines.push_back({std::string(row.title), text(row.unit, result.value.median),
                     range(row.unit, result.value),
                     result.floor ? text(row.unit, result.floor->median) : "",
                     result.ratio ? digits(*result.ratio) + "x" : "", verdict(result, row.required),
                     verdict(result, row.goal), ns(result.wall_ns), ns(result.cpu_ns),
                     ns(result.p50_ns), ns(result.p99_ns)});
  }
  std::array<std::size_t, std::tuple_size_v<Line>> widths{};
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      widths.at(i) = std::max(widths.at(i), line.at(i).size());
  }
  for (const Line& line : lines) {
    out << line.front() << std::string(widths.front() - line.front().size(), ' ');
    for (std::size_t i = 1; i < line.size(); ++i) {
      out << "  " << std::string(widths.at(i) - line.at(i).size(), ' ') << line.at(i);
    }
    out << '\n';
  }
}

void write_json(const std::filesystem::path& file, const std::vector<Result>& results,
                const std::map<std::string, Spread, std::less<>>& floors, int rounds) {
  utsname system{};
  ::uname(&system);
  nlohmann::json json = {{"machine",
                          {{"cpu", cpu_model()},
                           {"cpus", std::thread::hardware_concurrency()},
                           {"kernel", system.release}}},
                         {"rounds", rounds}};
  for (const Result& result : results) json["rows"].push_back(to_json(result));
  for (const auto& [name, spread] : floors) json["floors"][name] = to_json(spread);
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file);
  out << json.dump(2) << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace bench
