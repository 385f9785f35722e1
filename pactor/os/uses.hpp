// Who uses a piece of shared memory, as the kernel counts it: whatever ends a process ends its uses.
//
//     begin_use(memory, Use::reading);
//     if (!used_elsewhere(memory, Use::reading)) …nobody else reads it…
//     end_use(memory, Use::reading);
//
// A use belongs to an open file: to all descriptors that were duplicated or received from one, in whichever process,
// and to none that was opened by itself (reopen()). It is over with end_use(), or when the last of these descriptors,
// and the last mapping made with one, is gone. So a descriptor on its way in a message is a use that nobody can lose.
//
// As locks on a byte of the file for each kind of use, which keep nobody from anything: "open file description
// locks" in fcntl_locking(2). Any thread.
#pragma once

#include <pactor/os/fd.hpp>

#include <cstdint>

namespace pactor::os {

enum class Use : std::uint8_t { making, reading };

// False, and errno says why, if the kernel could not: it lacks memory, or does not know such locks.
[[nodiscard]] bool begin_use(const Fd& memory, Use use) noexcept;
void end_use(const Fd& memory, Use use) noexcept;
// Whether another open file uses it so. True if nobody can tell.
[[nodiscard]] bool used_elsewhere(const Fd& memory, Use use) noexcept;

}  // namespace pactor::os
