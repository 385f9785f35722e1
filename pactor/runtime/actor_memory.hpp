// How the memory of one actor is laid out: its mailbox, its channel to itself and the channel of its
// creator in one memfd, so that the keeper keeps one descriptor per actor.
//
//     os::Fd memory = os::create_shared_memory("pactor-actor", actor_memory_bytes(options));
//     mail::Place self = {memory, channel_offset(mail::kSelfChannel, options)};
//
// The keeper creates it; the actor and its creator map parts of it. Each further channel has a memory
// of its own, at offset 0. The mailbox lies at the start, so its descriptor is that of the memory.
#pragma once

#include <pactor/mail/channel.hpp>
#include <pactor/mail/layout.hpp>
#include <pactor/options.hpp>

#include <cstddef>
#include <cstdint>

namespace pactor::runtime {

inline std::size_t actor_memory_bytes(const MailboxOptions& options) {
  return mail::kMailboxBytes + 2 * mail::channel_bytes(options);
}

// Whether channel `number` lies in the actor's own memory.
constexpr bool in_actor_memory(std::uint32_t number) {
  return number == mail::kSelfChannel || number == mail::kCreatorChannel;
}

// Where it lies there; of any other channel, in its own memory.
inline std::size_t channel_offset(std::uint32_t number, const MailboxOptions& options) {
  if (!in_actor_memory(number)) return 0;
  return mail::kMailboxBytes + (number == mail::kSelfChannel ? 0 : mail::channel_bytes(options));
}

}  // namespace pactor::runtime
