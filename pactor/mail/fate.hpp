// How the keeper tells those who hold a channel to an actor that its process has ended.
//
//     announce_end(channel_memory, encoded_exit, stamp);
//
// The keeper writes the receiver's words, as the receiver is dead: it has been reaped. Afterwards no
// ask of this channel is without an answer, nobody waits for room, and join() returns.
#pragma once

#include <pactor/mail/channel.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/os/memory.hpp>

#include <span>

namespace pactor::mail {

// Gives all asks that wait in these slots, and have no answer, this one. The writer of `slots` only, after
// `closed` has been stored: each ask is either seen here, or its asker sees that, for both sides
// store, then load, sequentially consistent.
void end_asks(const SenderPage& sender, ReplySlot* slots, ReplyStatus status) noexcept;

// `exit` longer than kFateBytes is cut off by the caller. `stamp`: the last one of the actor.
void announce_end(const Place& channel, std::span<const std::byte> exit, std::uint64_t stamp);

}  // namespace pactor::mail
