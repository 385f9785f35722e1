// What a process just cloned from the zygote does to become an actor.
//
//     write_whole_lines();                                   // in the zygote, once
//     const Creator creator = look_at_creator(clone, fds);   // there, for each
//     be_born(clone, fds, requests, creator, keeper);        // in its clone
#pragma once

#include <pactor/os/credentials.hpp>
#include <pactor/os/fd.hpp>
#include <pactor/runtime/protocol.hpp>

#include <sys/types.h>
#include <optional>
#include <string>
#include <vector>

namespace pactor::runtime {

// What the kernel tells of the process that wants an actor. A program that has dropped its privileges
// must not get them back by a forged birth certificate, so they do not stand there.
struct Creator {
  std::optional<os::Credentials> credentials;  // nothing: those of the zygote, or not known
  bool has_other_root = false;
  std::string trouble;  // why they are not known
};
// Throws std::bad_alloc.
[[nodiscard]] Creator look_at_creator(const Clone& clone, const std::vector<os::Fd>& fds);

// Many actors share a stream: what they print must not mix within a line, in whichever way and from however
// many pieces a line is made, and a line is not lost should its actor be killed. The C++ streams write
// through libc's; std::cerr would flush after each piece. In the zygote: its clones find it done.
void write_whole_lines();

// Takes over the creator's privileges and limits, its directories, streams, umask and environment,
// maps the mailbox, and calls the entry function of the birth certificate. What cannot be taken over
// the creator gets as a SpawnError. `fds`: see CloneFd; `requests`: the line to the keeper. noexcept, for
// above it on the stack lies the start of the program: an exception that got there would have the actor
// run main().
[[noreturn]] void be_born(const Clone& clone, std::vector<os::Fd> fds, os::Fd requests,
                          const Creator& creator, pid_t keeper) noexcept;

}  // namespace pactor::runtime
