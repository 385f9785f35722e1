// What a process just cloned from the zygote does to become an actor.
#pragma once

#include <pactor/os/fd.hpp>
#include <pactor/runtime/protocol.hpp>

#include <sys/types.h>
#include <vector>

namespace pactor::runtime {

// Takes over the creator's working directory, streams, umask and environment, maps the mailbox, and
// calls the entry function of the birth certificate. `fds`: see CloneFd; `requests`: the line to the
// keeper. noexcept, for above it on the stack lies the start of the program: an exception that got there
// would have the actor run main().
[[noreturn]] void be_born(const Clone& clone, std::vector<os::Fd> fds, os::Fd requests,
                          pid_t keeper) noexcept;

}  // namespace pactor::runtime
