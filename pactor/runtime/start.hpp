// Starting the runtime of a program: the keeper is cloned from it after its static initialisers and
// before main, while it is single-threaded and small.
#pragma once

namespace pactor::runtime {

// Once; later calls do nothing. If it cannot start, the first use of an actor says why.
void start();

}  // namespace pactor::runtime
