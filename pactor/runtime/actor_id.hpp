// What actors are called between processes.
#pragma once

#include <cstdint>

namespace pactor::runtime {

using ActorId = std::uint64_t;  // never reused while the program runs
inline constexpr ActorId kNobody = 0;
inline constexpr ActorId kProgram = 1;

}  // namespace pactor::runtime
