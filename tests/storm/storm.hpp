// Raises a storm: one family after the other.
//
//     Storm storm({.program = path, .time = 1min, .seed = 7});
//     const Tally& tally = storm.raise();
//
// A family is let alone for a while (the first part of it does not count: it begins), then some of it are stopped, then
// stopped and killed; then all of it is ended, in order or by a kill of its program, keeper or zygote. The seed decides
// on who, how and when, as far as the scheduler of the machine lets it. Violations are printed as they are found.
#pragma once

#include "family.hpp"
#include "tally.hpp"
#include "watch.hpp"

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace storm {

struct Plan {
  std::string program;
  std::chrono::nanoseconds time = std::chrono::minutes(1);
  std::uint64_t seed = 0;
  std::chrono::nanoseconds life =
      std::chrono::seconds(5);  // of a family, at most; less in a short storm
};

class Storm {
 public:
  explicit Storm(const Plan& plan) : plan_(plan), random_(plan.seed) {}

  const Tally& raise();

 private:
  using Clock = std::chrono::steady_clock;

  struct Stopped {
    pid_t pid;
    Clock::time_point until;
  };

  void live(Family& family, Court& court);
  void kill_one(Family& family);
  void stop_one(const Family& family);
  void let_go_on(const Family& family, bool all);
  // False: the program does not end by itself. With some more kills on the way.
  bool await_end(Family& family, Court& court, std::uint64_t kills);
  void end_in_order(Family& family, Court& court);
  void end_by_kill(Family& family, Court& court);
  // One look at all that was written; false if somebody stands still.
  bool look(Family& family, Court& court, Watch& watch, Watch::Whom whom) const;
  void close(const Court& court);
  bool one_in(std::uint64_t n) { return random_() % n == 0; }
  // Of any length below.
  std::chrono::nanoseconds some(std::chrono::nanoseconds below) {
    return std::chrono::nanoseconds(random_() % static_cast<std::uint64_t>(below.count()));
  }

  const Plan plan_;
  std::mt19937_64 random_;
  std::vector<Stopped> stopped_;
  Tally tally_;
};

}  // namespace storm
