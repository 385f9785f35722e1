// A token that a hundred actors hand round, each to the next by a tell. The floor is as many processes that wake each
// other through futexes. Nobody is pinned, in either.
#include "workloads.hpp"

#include <pactor/pactor.hpp>

#include <unistd.h>
#include <algorithm>
#include <stdexcept>
#include <vector>

namespace bench {

// Where the token ends up, which an ask for it waits for.
class Finish {
 public:
  void token() { arrived_ = true; }
  bool arrived() const { return arrived_; }

 private:
  bool arrived_ = false;
};
PACTOR_ACTOR(Finish, token, arrived);

class Runner;
PACTOR_ACTOR(Runner, stand_before, take);
class Runner {
 public:
  explicit Runner(const pactor::Proxy<Finish>& finish) : finish_(finish) {}

  void stand_before(const pactor::Proxy<Runner>& next) { next_ = next; }
  void take(int hops_left) {
    if (hops_left == 0) {
      finish_->token();
    } else {
      next_->take(hops_left - 1);
    }
  }

 private:
  pactor::Proxy<Finish> finish_;
  pactor::Proxy<Runner> next_;
};

namespace {

constexpr int kRunners = 100;

class Ring {
 public:
  Ring() {
    for (int i = 0; i < kRunners; ++i) runners_.emplace_back(finish_.proxy());
    for (std::size_t i = 0; i < runners_.size(); ++i) {
      runners_[i].ask()->stand_before(runners_[(i + 1) % runners_.size()].proxy()).get();
    }
  }
  ~Ring() {
    pactor::close_all(runners_);
    pactor::join_all(runners_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Nanoseconds for so many hops. Who waits for their end asks again and again, but seldom: it would take a CPU.
  double run(int hops) {
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 2'000'000};
    const Stopwatch watch;
    runners_.front()->take(hops);
    while (!finish_.ask()->arrived().get()) ::nanosleep(&kPause, nullptr);
    return watch.ns();
  }

 private:
  pactor::Actor<Finish> finish_;
  std::vector<pactor::Actor<Runner>> runners_;
};

}  // namespace

Measured ring_100(const Effort& effort) {
  constexpr int kWarmUp = 20 * kRunners;
  Ring().run(kWarmUp);
  const int hops = std::max(kWarmUp, static_cast<int>(kWarmUp * effort.ns / Ring().run(kWarmUp)));
  Ring ring;
  const double ns = ring.run(hops);
  return {.row = "ring_100", .value = hops / ns * 1e9, .wall_ns = ns / hops};
}

}  // namespace bench
