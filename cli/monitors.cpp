#include <cli/monitors.hpp>

#include <cli/print.hpp>

#include <sys/statvfs.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace cli {

namespace {

// The longest that a monitor does not look at its messages.
constexpr std::chrono::milliseconds kAttention{50};

std::ifstream open(const char* path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  return file;
}

// "3.4 MiB"
std::string in_units(double bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024;
  std::ostringstream text;
  text << std::fixed << std::setprecision(unit == 0 ? 0 : 1) << bytes << ' ' << kUnits[unit];
  return text.str();
}

std::string percent(double part, double whole) {
  return std::to_string(whole > 0 ? std::lround(100 * part / whole) : 0) + " %";
}

}  // namespace

void Aggregator::notify(const std::string& monitor, pid_t pid, const std::string& reading) {
  ++taken_;
  std::ostringstream line;
  line << std::left << std::setw(8) << monitor << '(' << pid << ") -> aggregator (" << ::getpid()
       << ")  " << reading;
  print_line(line.str());
}

Monitor::Monitor(std::string name, std::chrono::milliseconds every,
                 pactor::Proxy<Aggregator> aggregator)
    : name_(std::move(name)), every_(every), aggregator_(std::move(aggregator)) {}

void Monitor::read() {
  if (!running_) return;
  if (Clock::now() >= due_) {
    aggregator_->notify(name_, ::getpid(), read_next());
    due_ = std::max(due_ + every_, Clock::now());
  }
  // Not all the way: a stop or a close takes its turn in between.
  std::this_thread::sleep_until(std::min(due_, Clock::now() + kAttention));
  pactor::self(this)->read();
}

std::string CpuLoad::read_next() {
  enum Field {
    kIdle = 3,
    kIoWait = 4,
    kFields = 8
  };  // see proc_stat(5); guests' time is in user's
  std::array<std::uint64_t, kFields> ticks{};
  std::string cpu;
  std::ifstream file = open("/proc/stat");
  file >> cpu;
  for (std::uint64_t& field : ticks) file >> field;

  const std::uint64_t total = std::accumulate(ticks.begin(), ticks.end(), std::uint64_t{0});
  const std::uint64_t busy = total - ticks[kIdle] - ticks[kIoWait];
  const bool first = total_ == 0;
  const double more_busy =
      static_cast<double>(busy) - static_cast<double>(std::exchange(busy_, busy));
  const double more =
      static_cast<double>(total) - static_cast<double>(std::exchange(total_, total));
  return percent(std::max(0.0, more_busy), more) +
         (first ? " busy since the machine started" : " busy");
}

std::string Memory::read_next() {
  double total = 0;
  double available = 0;
  std::ifstream file = open("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double kib = 0;
    words >> key >> kib;
    if (key == "MemTotal:") total = kib * 1024;
    if (key == "MemAvailable:") available = kib * 1024;
  }
  return in_units(total - available) + " of " + in_units(total) + " in use (" +
         percent(total - available, total) + ")";
}

std::string Traffic::read_next() {
  const std::optional<Bytes> now = count();
  const auto time = std::chrono::steady_clock::now();
  if (!now) return "no counters on this machine";
  const std::optional<Bytes> before = std::exchange(last_, now);
  const std::chrono::duration<double> passed = time - std::exchange(last_time_, time);
  if (!before) {
    return in_units(static_cast<double>(now->in)) + " in, " +
           in_units(static_cast<double>(now->out)) + " out since the machine started";
  }
  const auto rate = [&](std::uint64_t from, std::uint64_t to) {
    return in_units(static_cast<double>(to > from ? to - from : 0) / passed.count()) + "/s";
  };
  return rate(before->in, now->in) + " in, " + rate(before->out, now->out) + " out";
}

std::optional<Traffic::Bytes> Network::count() {
  std::ifstream file("/proc/net/dev");
  if (!file) return std::nullopt;
  Bytes sum;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;  // the table's head
    std::istringstream interface(line.substr(0, colon));
    std::istringstream numbers(line.substr(colon + 1));
    std::string name;
    interface >> name;
    std::array<std::uint64_t, 9> columns{};  // of what was received; the last: bytes sent
    for (std::uint64_t& column : columns) numbers >> column;
    if (name == "lo") continue;
    sum.in += columns.front();
    sum.out += columns.back();
  }
  return sum;
}

std::string Disk::read_next() {
  std::string text = Traffic::read_next();
  struct statvfs root{};
  if (::statvfs("/", &root) == 0) {
    const auto used = static_cast<double>(root.f_blocks - root.f_bfree);
    text += "; / is " + percent(used, used + static_cast<double>(root.f_bavail)) + " full";
  }
  return text;
}

std::optional<Traffic::Bytes> Disk::count() {
  constexpr std::uint64_t kSectorBytes = 512;  // of this file, whatever the disk's are
  std::ifstream file("/proc/diskstats");
  if (!file) return std::nullopt;
  Bytes sum;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::uint64_t major = 0;
    std::uint64_t minor = 0;
    std::string name;
    words >> major >> minor >> name;
    // Partitions and what is stacked on disks would be counted twice.
    if (!std::filesystem::exists("/sys/block/" + name + "/device")) continue;
    std::array<std::uint64_t, 7> columns{};  // reads, merged, sectors, ms, then the same of writes
    for (std::uint64_t& column : columns) words >> column;
    sum.in += columns[2] * kSectorBytes;
    sum.out += columns[6] * kSectorBytes;
  }
  return sum;
}

}  // namespace cli
