// What an actor's process leaves in its mailbox.
//
//     std::uint64_t left = count_unprocessed(channel);
#pragma once

#include <pactor/mail/channel.hpp>

#include <cstdint>

namespace pactor::mail {

// How many messages of this channel were committed and never begun. When its receiver is dead.
[[nodiscard]] inline std::uint64_t count_unprocessed(const Place& /*channel*/) { return 0; }

}  // namespace pactor::mail
