// What a storm comes to, and how it is told.
//
//     Tally tally;
//     tally.add(court); tally.add(family.ledger());   // of each family
//     print(tally);
#pragma once

#include "court.hpp"
#include "family.hpp"
#include "ledger.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

namespace storm {

struct Tally {
  using Histogram = std::array<std::uint64_t, Latencies::kSteps>;

  std::array<std::uint64_t, Family::kKinds> kills{};
  std::uint64_t stops = 0;
  std::uint64_t families = 0;
  std::uint64_t drained = 0;  // of these
  std::uint64_t violations = 0;
  Court::Counts counts;
  std::vector<std::chrono::nanoseconds>
      gone;  // from the kill of a program, keeper or zygote until all are
  std::vector<std::chrono::nanoseconds>
      told;  // from then until a program that has lost its actors has ended
  std::array<Histogram, kWeathers> latencies{};

  void add(const Court& court);
  void add(const Ledger& ledger);
  [[nodiscard]] std::uint64_t all_kills() const;
};

void print(Tally tally);

}  // namespace storm
