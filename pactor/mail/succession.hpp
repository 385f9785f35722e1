// What becomes of a channel whose receiver's process has died.
//
//     if (died_in_message(place)) …               // the keeper: was that in progress?
//     end_begun_ask(place);                       // before another process takes over
//     std::uint64_t n = count_unprocessed(place); // or, if none will: what it leaves
//
// The successor itself goes on behind `taken`, see Inlet. The keeper writes for the dead, as in fate.hpp.
#pragma once

#include <pactor/mail/channel.hpp>

#include <cstdint>

namespace pactor::mail {

// Whether a message of this channel had been begun and not dealt with.
[[nodiscard]] bool died_in_message(const Place& channel);

// If the message that was in progress is an ask of this channel without an answer, its asker gets one:
// ReplyStatus::died.
void end_begun_ask(const Place& channel);

// How many tells and asks were accepted and not begun.
[[nodiscard]] std::uint64_t count_unprocessed(const Place& channel);

}  // namespace pactor::mail
