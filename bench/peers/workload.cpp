#include "workload.hpp"

#include <sys/resource.h>

namespace bench::peers {

namespace {

double longest_seconds(const std::string& text) {
  std::size_t used = 0;
  const double seconds = std::stod(text, &used);
  if (used != text.size() || !(seconds > 0) || seconds > 600) throw std::invalid_argument(text);
  return seconds;
}

// A crowd of units has more descriptors than is usual.
void allow_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int measured(const Workload& workload, double seconds) {
  try {
    workload(seconds * 1e9).print();
    return 0;
  } catch (const Refused& refused) {
    std::fprintf(stderr, "%s\n", refused.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace

void Figures::print() const {
  const char* before = "{";
  const auto put = [&before](const char* name, const std::optional<double>& value) {
    if (!value) return;
    std::printf("%s\"%s\": %.6g", before, name, *value);
    before = ", ";
  };
  put("wall_ns", wall_ns);
  put("cpu_ns", cpu_ns);
  put("p50_ns", p50_ns);
  put("p99_ns", p99_ns);
  put("kib", kib);
  std::printf("}\n");
}

int run(int argc, char** argv, const std::map<std::string, Workload>& workloads,
        const std::function<int(const std::function<int()>&)>& within) {
  const auto found = argc == 3 ? workloads.find(argv[1]) : workloads.end();
  double seconds = 0;
  try {
    if (found == workloads.end()) throw std::invalid_argument("workload");
    seconds = longest_seconds(argv[2]);
  } catch (const std::logic_error&) {
    std::fprintf(stderr, "usage: %s WORKLOAD SECONDS, of the workloads:", argv[0]);
    for (const auto& [name, workload] : workloads) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 1;
  }
  allow_descriptors();
  return within([&] { return measured(found->second, seconds); });
}

double available_kib() {
  // Each CPU counts pages for itself and adds up once a second; root can have it done now. Whoever is
  // not root gets figures that may be off by some pages per CPU.
  std::ifstream refresh("/proc/sys/vm/stat_refresh");
  refresh.get();
  return static_cast<double>(number_in("/proc/meminfo", "MemAvailable:"));
}

double mean(const Samples& samples) {
  double sum = 0;
  for (const double sample : samples) sum += sample;
  return sum / static_cast<double>(samples.size());
}

double thread_cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

}  // namespace bench::peers
