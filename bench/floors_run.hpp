// Runs the program `floors` (floors.cpp), which lies beside this one, for one round.
//
//     table.add_floors(run_floors());
//
// Not from a pinned thread: it chooses its CPUs among those that it is allowed.
#pragma once

#include "rows.hpp"

namespace bench {

// By the floors' own names, in the units that the names tell. Throws std::runtime_error if it fails.
[[nodiscard]] Floors run_floors();

}  // namespace bench
