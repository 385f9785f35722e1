// What is measured of a peer, once for all of them, and how one figure of it is printed.
//
//     struct Zeromq { … };                                    // what is the peer's own
//     int main(int argc, char** argv) { return bench::peers::measure<Processes<Zeromq>>(argc, argv); }
//
// The program is called as `PROGRAM WORKLOAD SECONDS` and prints one JSON object on one line:
// wall_ns and cpu_ns (user and system time of all that take part) for each operation, p50_ns and p99_ns of
// single ones, or kib for each idle unit. Exit status 2: the peer has no sensible form of the workload, and
// stderr says why. Exit status 1: something went wrong, such as a wrong answer; there is no figure then.
//
// A peer is a class with these, each of which throws if an answer or a count is not right:
//
//     Pair(bytes)              one that asks questions of so many bytes, one that answers with their checksum
//       ask(n, each)             n questions, one after another; notes the time of each if `each` is given
//       ask_once()               one, from outside: by a thread that waits for the answer
//       settle()                 returns when the one that answers has gone to sleep
//       cpu_ns()                 user and system time of both so far
//     Stream(bytes, senders)   some that send messages, and one that takes them
//       run(n)                   n messages from each sender; returns when all of them are known to have come
//       cpu_ns()
//     Ring(units)              each sends what it takes on to the next
//       run(n)                   n rounds of one message
//       cpu_ns()
//     Unit()                   one unit (an actor, a process), ready to take messages as soon as it is made
//       settle(), cpu_ns()
//     standing_cpu_ns()        user and system time of all that is there before and after a unit
//     kCrowd                   how many of them to make for the memory of each
#pragma once

#include "../measure.hpp"
#include "guard.hpp"

#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench::peers {

// What one run found; what is not measured stays away.
struct Figures {
  std::optional<double> wall_ns = {};
  std::optional<double> cpu_ns = {};
  std::optional<double> p50_ns = {};
  std::optional<double> p99_ns = {};
  std::optional<double> kib = {};

  void print() const;
};

// Thrown where a peer has no sensible form of a workload.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Samples = std::vector<double>;
using Workload = std::function<Figures(double ns)>;

// All of main() but the workloads. `within` runs what it is given, and returns what that returns.
int run(int argc, char** argv, const std::map<std::string, Workload>& workloads,
        const std::function<int(const std::function<int()>&)>& within = guarded);

// Memory that the machine has left for new work.
[[nodiscard]] double available_kib();

// User and system time of the calling thread.
[[nodiscard]] double thread_cpu_ns();

[[nodiscard]] double mean(const Samples& samples);

// Does `run(n)` for growing n, which warms up, too, and then once for as long as it is to take. Each n stands for
// `operations` of them.
template <class Subject, class Run>
Figures timed(double ns, Subject& subject, Run run, double operations = 1) {
  std::uint64_t count = 1;
  for (;;) {
    const Stopwatch watch;
    run(count);
    const double took = watch.ns();
    if (took > ns / 10) {
      count = std::max<std::uint64_t>(
          1, static_cast<std::uint64_t>(static_cast<double>(count) * ns / took));
      break;
    }
    count *= took > ns / 100 ? 2 : 8;
  }
  const double cpu_before = subject.cpu_ns();
  const Stopwatch watch;
  run(count);
  const double wall = watch.ns();
  const double all = static_cast<double>(count) * operations;
  return {.wall_ns = wall / all, .cpu_ns = (subject.cpu_ns() - cpu_before) / all};
}

// Both sides hot: question follows answer. The time of one comes from all of them together, for reading the clock
// in between would be a good part of the fastest. Single ones are timed afterwards.
template <class Peer>
Figures ask(double ns, std::size_t bytes) {
  constexpr double kForSingleOnes = 0.3;
  typename Peer::Pair pair(bytes);
  Figures figures = timed(ns * (1 - kForSingleOnes), pair,
                          [&](std::uint64_t count) { pair.ask(count, nullptr); });
  Samples each;
  const auto some = static_cast<std::uint64_t>(ns * kForSingleOnes / 10 / *figures.wall_ns) + 1;
  for (const Stopwatch all; all.ns() < ns * kForSingleOnes;) pair.ask(some, &each);
  figures.p50_ns = quantile(each, 0.5);
  figures.p99_ns = quantile(each, 0.99);
  return figures;
}

// The one that answers has gone to sleep before each question. What the asker's thread does to see to that is not
// counted, neither its time nor its CPU time.
template <class Peer>
Figures ask_asleep(double ns) {
  constexpr int kWarmUp = 50;
  typename Peer::Pair pair(sizeof(std::uint64_t));
  for (int i = 0; i < kWarmUp; ++i) pair.ask_once();
  pair.settle();
  Samples each;
  double settling = 0;
  const double cpu_before = pair.cpu_ns();
  for (const Stopwatch all; all.ns() < ns;) {
    const Stopwatch watch;
    pair.ask_once();
    each.push_back(watch.ns());
    const double before = thread_cpu_ns();
    pair.settle();
    settling += thread_cpu_ns() - before;
  }
  const double cpu = pair.cpu_ns() - cpu_before - settling;
  return {.wall_ns = mean(each),
          .cpu_ns = cpu / static_cast<double>(each.size()),
          .p50_ns = quantile(each, 0.5),
          .p99_ns = quantile(each, 0.99)};
}

template <class Peer>
Figures stream(double ns, std::size_t bytes, int senders) {
  typename Peer::Stream stream(bytes, senders);
  return timed(ns, stream, [&](std::uint64_t count) { stream.run(count); }, senders);
}

template <class Peer>
Figures ring(double ns) {
  constexpr int kUnits = 100;
  typename Peer::Ring ring(kUnits);
  return timed(ns, ring, [&](std::uint64_t rounds) { ring.run(rounds); }, kUnits);
}

template <class Peer>
Figures spawn(double ns) {
  constexpr int kWarmUp = 3;
  constexpr std::size_t kAtLeast = 20;
  Samples each;
  double cpu = 0;
  const Stopwatch all;
  for (int i = -kWarmUp; each.size() < kAtLeast || all.ns() < ns; ++i) {
    const double cpu_before = Peer::standing_cpu_ns();
    const Stopwatch watch;
    const typename Peer::Unit unit;
    const double took = watch.ns();
    if (i < 0) continue;
    each.push_back(took);
    cpu += Peer::standing_cpu_ns() - cpu_before + unit.cpu_ns();
  }
  return {.wall_ns = mean(each),
          .cpu_ns = cpu / static_cast<double>(each.size()),
          .p50_ns = quantile(each, 0.5),
          .p99_ns = quantile(each, 0.99)};
}

// By what the machine has less while they sleep: all that they cost is in it, the kernel's part, too.
template <class Peer>
Figures memory(double /*ns*/) {
  const auto first =
      std::make_unique<typename Peer::Unit>();  // what all of them share is there before
  first->settle();
  const double before = available_kib();
  std::deque<typename Peer::Unit> units;
  for (int i = 0; i < Peer::kCrowd; ++i) units.emplace_back();
  for (auto& unit : units) unit.settle();
  return {.kib = (before - available_kib()) / Peer::kCrowd};
}

template <class Peer>
int measure(int argc, char** argv) {
  constexpr std::size_t kMiB = 1 << 20;
  return run(argc, argv,
             {{"ask_hot", [](double ns) { return ask<Peer>(ns, 8); }},
              {"ask_asleep", [](double ns) { return ask_asleep<Peer>(ns); }},
              {"stream_8", [](double ns) { return stream<Peer>(ns, 8, 1); }},
              {"stream_64", [](double ns) { return stream<Peer>(ns, 64, 1); }},
              {"stream_1024", [](double ns) { return stream<Peer>(ns, 1024, 1); }},
              {"four_senders", [](double ns) { return stream<Peer>(ns, 8, 4); }},
              {"spawn", [](double ns) { return spawn<Peer>(ns); }},
              {"memory", [](double ns) { return memory<Peer>(ns); }},
              {"ring_100", [](double ns) { return ring<Peer>(ns); }},
              {"large_1", [](double ns) { return ask<Peer>(ns, kMiB); }},
              {"large_64", [](double ns) { return ask<Peer>(ns, 64 * kMiB); }}});
}

}  // namespace bench::peers
