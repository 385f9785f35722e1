// Large messages: one question after the other, whose receiver adds up all of its bytes. As bytes of a message they are
// copied in and out; as a Blob they are read where they are. The floor of the latter is one thread that adds up the same
// memory.
#include "workloads.hpp"

#include <pactor/pactor.hpp>

#include <unistd.h>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace bench {

class Reader {
 public:
  explicit Reader(int cpu) { pin_to(cpu); }

  std::uint64_t add(const std::vector<std::uint64_t>& words) const {
    return std::accumulate(words.begin(), words.end(), std::uint64_t{0});
  }
  std::uint64_t sum(const pactor::Blob& blob) const {
    const auto words = blob.as<std::uint64_t>();
    return std::accumulate(words.begin(), words.end(), std::uint64_t{0});
  }
};
PACTOR_ACTOR(Reader, add, sum);

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

Measured large(std::string_view row, std::size_t bytes, const Effort& effort) {
  const Pinned here(cpu(0));
  pactor::Actor<Reader> reader(cpu(1));
  const std::vector<std::uint64_t> words(bytes / sizeof(std::uint64_t), 3);
  const auto ask = [&] {
    const Stopwatch watch;
    if (reader.ask()->add(words).get() != 3 * words.size())
      throw std::runtime_error("bytes were damaged");
    return watch.ns();
  };
  constexpr int kWarmUp = 3;
  for (int i = 0; i < kWarmUp; ++i) ask();
  std::vector<double> times;
  const double cpu_before = cpu_ns(::getpid()) + cpu_ns(reader.pid());
  for (const Stopwatch all; all.ns() < effort.ns;) times.push_back(ask());
  const double cpu = cpu_ns(::getpid()) + cpu_ns(reader.pid()) - cpu_before;
  const auto asked = static_cast<double>(times.size());
  const double ns = std::accumulate(times.begin(), times.end(), 0.0) / asked;
  return {.row = row,
          .value = ns,
          .wall_ns = ns,
          .cpu_ns = cpu / asked,
          .p50_ns = quantile(times, 0.5),
          .p99_ns = quantile(times, 0.99)};
}

}  // namespace

Measured large_1(const Effort& effort) { return large("large_1", kMiB, effort); }
Measured large_64(const Effort& effort) { return large("large_64", 64 * kMiB, effort); }

std::vector<Measured> blob_64(const Effort& effort) {
  const Pinned here(cpu(0));
  pactor::Actor<Reader> reader(cpu(1));
  pactor::Blob blob(64 * kMiB);
  std::uint64_t sum = 0;
  for (std::uint64_t& word : blob.writable_as<std::uint64_t>()) word = ++sum;
  sum = std::accumulate(blob.as<std::uint64_t>().begin(), blob.as<std::uint64_t>().end(),
                        std::uint64_t{0});
  const auto read = [&] {
    const Stopwatch watch;
    if (reader.ask()->sum(blob).get() != sum) throw std::runtime_error("bytes were damaged");
    return watch.ns();
  };
  const auto rate = [&](double ns) { return static_cast<double>(blob.size()) / ns; };
  const double cold = read();
  read();  // the second time tells pactor that it will come again
  std::vector<double> times;
  for (const Stopwatch all; all.ns() < effort.ns;) times.push_back(read());
  const double ns =
      std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
  return {{.row = "blob_64",
           .value = rate(ns),
           .wall_ns = ns,
           .p50_ns = quantile(times, 0.5),
           .p99_ns = quantile(times, 0.99)},
          {.row = "blob_64_cold", .value = rate(cold), .wall_ns = cold}};
}

}  // namespace bench
