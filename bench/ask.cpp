// Round trips, one at a time. The asker is on the first allowed CPU.
//
// Hot: actor and asker each have a CPU, and ask follows answer without a pause, so that both are found
// awake. The floor is two processes that bounce one cache line.
//
// Asleep: the actor has gone to sleep before each question. The floor is two processes that wake each
// other through futexes, each asleep whenever it has nothing to do.
// - On one core the questions follow each other as the floor's do. The actor cannot answer before the
//   asker leaves the CPU, nor the asker go on before the actor does; `sleeps_per_op` counts how often
//   the two went to sleep for it (2: each time, both).
// - Across cores the actor has a CPU of its own and might still be awake from the question before. So
//   each question waits until the kernel shows the actor asleep. How the asker then waits for its
//   answer, awake or asleep, is the library's affair; user+sys shows what it costs.
#include "bystanders.hpp"
#include "workloads.hpp"

#include <pactor/pactor.hpp>

#include <unistd.h>
#include <stdexcept>

namespace bench {

class Echo {
 public:
  explicit Echo(int cpu) { pin_to(cpu); }
  std::uint64_t echo(std::uint64_t value) { return value; }
  void greet() {}
};
PACTOR_ACTOR(Echo, echo, greet);

namespace {

class Asker {
 public:
  explicit Asker(int cpu_of_actor) : echo_(cpu_of_actor) {}

  void ask() {
    const std::uint64_t value = ++asked_;
    if (echo_.ask()->echo(value).get() != value) throw std::runtime_error("a wrong answer");
  }

  [[nodiscard]] std::uint64_t asked() const { return asked_; }
  [[nodiscard]] pid_t pid() const { return echo_.pid(); }
  [[nodiscard]] const pactor::Proxy<Echo>& proxy() const { return echo_.proxy(); }

 private:
  pactor::Actor<Echo> echo_;
  std::uint64_t asked_ = 0;
};

// What both processes have used so far.
struct Used {
  explicit Used(const Asker& asker)
      : cpu(cpu_ns(::getpid()) + cpu_ns(asker.pid())),
        slept(static_cast<double>(sleeps(::getpid()) + sleeps(asker.pid()))),
        asked(static_cast<double>(asker.asked())) {}

  double cpu;
  double slept;
  double asked;
};

// Questions one after another. The time per question comes from all of them together: reading the
// clock in between would be a good part of a hot one. Single ones are timed afterwards.
Measured one_after_another(std::string_view row, Asker& asker, const Effort& effort) {
  constexpr int kBatch = 500;
  constexpr double kWarmUpNs = 10e6;
  const auto ask_for = [&asker](double ns) {
    const Stopwatch watch;
    do {
      for (int i = 0; i < kBatch; ++i) asker.ask();
    } while (watch.ns() < ns);
    return watch.ns();
  };
  ask_for(kWarmUpNs);
  const Used before(asker);
  const double ns = ask_for(effort.ns);
  const Used after(asker);
  const double asked = after.asked - before.asked;

  std::vector<double> single;
  for (const Stopwatch all; all.ns() < effort.ns / 2;) {
    const Stopwatch watch;
    asker.ask();
    single.push_back(watch.ns());
  }
  return {.row = row,
          .value = ns / asked,
          .wall_ns = ns / asked,
          .cpu_ns = (after.cpu - before.cpu) / asked,
          .p50_ns = quantile(single, 0.5),
          .p99_ns = quantile(single, 0.99),
          .sleeps = (after.slept - before.slept) / asked};
}

}  // namespace

Measured hot_ask(const Effort& effort) {
  const Pinned here(cpu(0));
  Asker asker(cpu(1));
  return one_after_another("ask_hot", asker, effort);
}

Measured hot_ask_among_idle(const Effort& effort) {
  const Pinned here(cpu(0));
  Asker asker(cpu(1));
  const Bystanders<Echo> idle(effort.idle_actors, asker.proxy());
  return one_after_another("ask_hot_among_idle", asker, effort);
}

Measured sleeping_ask_same_core(const Effort& effort) {
  const Pinned here(cpu(0));
  Asker asker(cpu(0));
  return one_after_another("ask_asleep_same_core", asker, effort);
}

Measured sleeping_ask_two_cores(const Effort& effort) {
  constexpr int kWarmUp = 50;
  const Pinned here(cpu(0));
  Asker asker(cpu(1));
  const Sleeper actor(asker.pid());
  std::vector<double> single;
  double asker_cpu = 0;
  double actor_cpu = 0;
  double slept = 0;
  const Stopwatch all;
  for (int i = 0; i < kWarmUp || all.ns() < effort.ns; ++i) {
    if (i == kWarmUp) {
      single.clear();
      asker_cpu = 0;
      actor_cpu = cpu_ns(asker.pid());
      slept = static_cast<double>(sleeps(::getpid()) + sleeps(asker.pid()));
    }
    actor.wait_until_asleep();
    const double before = cpu_ns(::getpid());  // not what the wait for its sleep took
    const Stopwatch watch;
    asker.ask();
    single.push_back(watch.ns());
    asker_cpu += cpu_ns(::getpid()) - before;
  }
  actor.wait_until_asleep();
  actor_cpu = cpu_ns(asker.pid()) - actor_cpu;
  slept = static_cast<double>(sleeps(::getpid()) + sleeps(asker.pid())) - slept;
  const auto asked = static_cast<double>(single.size());
  double sum = 0;
  for (const double ns : single) sum += ns;
  return {.row = "ask_asleep_two_cores",
          .value = sum / asked,
          .wall_ns = sum / asked,
          .cpu_ns = (asker_cpu + actor_cpu) / asked,
          .p50_ns = quantile(single, 0.5),
          .p99_ns = quantile(single, 0.99),
          .sleeps = slept / asked};
}

}  // namespace bench
