// How much of the machine a process may use: its limits, its priority, its processors.
//
//     const Resources own = read_resources();     // of the calling thread
//     take_resources(wanted, own);
#pragma once

#include <sys/resource.h>
#include <array>
#include <cstdint>
#include <vector>

namespace pactor::os {

struct Limit {
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  friend bool operator==(const Limit&, const Limit&) = default;
};

struct Resources {
  std::array<Limit, RLIM_NLIMITS> limits{};    // by the number that setrlimit() takes
  std::int32_t nice = 0;                       // from -20, the most urgent, to 19
  std::vector<std::uint64_t> processors = {};  // a bit for each that may run it

  friend bool operator==(const Resources&, const Resources&) = default;
};

[[nodiscard]] Resources read_resources();

// Sets what differs. Throws pactor::Error naming what cannot be taken, and why.
void take_resources(const Resources& wanted, const Resources& own);

}  // namespace pactor::os
