// The zygote: the process from which every actor is cloned.
//
// It is the keeper's child, a copy of the program as it was after its static initialisers and before
// main: single-threaded, small, with no lock held. So a clone of it is safe at any time, costs the
// same however large the program has grown, and has the program's code at the program's addresses.
#pragma once

#include <pactor/os/fd.hpp>

#include <sys/types.h>
#include <csignal>

namespace pactor::runtime {

// Blocks all signals from here on, and remembers which were before, for the actors.
class BlockedSignals {
 public:
  BlockedSignals();
  void restore() const;

 private:
  sigset_t before_;
};

// Makes a process for each Clone that comes over `keeper_socket`, until that closes: then the keeper was
// killed, and what is left of the family goes. `requests`: the actors' line to the keeper.
[[noreturn]] void run_zygote(os::Fd keeper_socket, os::Fd requests, pid_t keeper,
                             const BlockedSignals& signals) noexcept;

}  // namespace pactor::runtime
