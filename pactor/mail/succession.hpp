// What becomes of a channel whose receiver's process has died.
//
//     bool dead_in_the_midst = message_in_progress(place);
//     end_begun_ask(place);                       // the keeper, before another process takes over
//     std::uint64_t n = count_unprocessed(place); // or, if none will: what it leaves
//
// The successor itself goes on behind `taken`, see Inlet. The keeper writes for the dead, as in fate.hpp.
#pragma once

#include <pactor/mail/channel.hpp>

#include <cstdint>

namespace pactor::mail {

// Whether a tell or ask of this channel had begun and not been finished.
[[nodiscard]] bool message_in_progress(const Place& channel);

// If the message that was in progress is an ask of this channel without an answer, its asker gets one:
// ReplyStatus::died. Returns its number; 0: there is none.
std::uint64_t end_begun_ask(const Place& channel);

// How many tells and asks were accepted and not begun.
[[nodiscard]] std::uint64_t count_unprocessed(const Place& channel);

}  // namespace pactor::mail
