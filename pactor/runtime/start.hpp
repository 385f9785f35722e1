// Starting the runtime of a program: the keeper is cloned from it, and the zygote from the keeper.
//
// Best between the static initialisers and main, while the program is small and has one thread; the
// linker sees to that (interpose.cpp, wrapped_main.cpp). Otherwise at pactor::init(), or at the first
// use of an actor: in a host whose main is not ours, a static program, a forked child.
#pragma once

namespace pactor::runtime {

// Starts it, unless this process has one. Throws Error if this process may not have one (before main,
// a child that an actor has forked), SpawnError if it cannot: it has several threads, or lacks the
// means. The next call tries again.
void start();

// As start(); if it cannot, the first use of an actor tries again, or says why.
void start_before_main() noexcept;

// start_before_main() is going to be called: whoever uses an actor now is a static initialiser.
void expect_main() noexcept;

}  // namespace pactor::runtime
