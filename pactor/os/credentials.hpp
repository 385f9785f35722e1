// Who a process is to the kernel and what it may do, and how another becomes the same.
//
//     const Credentials own = read_credentials(own_pid, own_pid);
//     take_credentials(read_credentials(pid, tid), own, securebits);   // irrevocable
//
// They are read from /proc, and so are the kernel's word: a process that has dropped its privileges
// cannot have another pretend that it has not. In Linux they belong to a thread, not to a process.
#pragma once

#include <sys/types.h>
#include <array>
#include <cstdint>
#include <vector>

namespace pactor::os {

struct Credentials {
  // real, effective, saved, and the one that file access is judged by
  std::array<std::uint32_t, 4> user{};
  std::array<std::uint32_t, 4> group{};
  std::vector<std::uint32_t> groups = {};  // supplementary
  // Bits, numbered as in capabilities(7).
  std::uint64_t inheritable = 0;
  std::uint64_t permitted = 0;
  std::uint64_t effective = 0;
  std::uint64_t bounding = 0;
  std::uint64_t ambient = 0;
  bool no_new_privileges = false;
  std::uint32_t system_call_filters = 0;
  std::uint32_t umask = 022;  // no privilege, but it stands in the same place

  friend bool operator==(const Credentials&, const Credentials&) = default;
};

// Of thread `thread` of process `pid`, or of its first thread if that one has ended, as this process
// sees them. Throws pactor::Error if they cannot be read.
[[nodiscard]] Credentials read_credentials(pid_t pid, pid_t thread);

// Has this process, which has `own`, take over `wanted`, umask included. Throws pactor::Error naming what cannot be
// taken, and why; what had been taken by then stays so. Only for a process with a single thread.
// `securebits`: see prctl(PR_GET_SECUREBITS). Clears what PR_SET_PDEATHSIG has set.
void take_credentials(const Credentials& wanted, const Credentials& own, int securebits);

}  // namespace pactor::os
