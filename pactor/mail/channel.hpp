// Where a channel lies, and how it begins.
//
//     os::Fd memory = create_channel(options);              // the keeper; a channel of its own memory
//     begin_channel({memory, offset}, options);             // or as a part of other memory
//     Outlet outlet(route, {memory, offset}, …);            // its sender
//     mailbox.attach(number, {memory, offset});             // its receiver
//
// The layout is in layout.hpp. A channel says of itself how much it may hold and what becomes of a
// message that finds no room, so both ends know without asking.
#pragma once

#include <pactor/mail/layout.hpp>
#include <pactor/options.hpp>
#include <pactor/os/memory.hpp>

#include <cstddef>

namespace pactor::mail {

// A place in shared memory. Refers to the descriptor; a parameter, not to be kept.
struct Place {
  Place(const os::Fd& in, std::size_t from = 0) : memory(in), offset(from) {}  // NOLINT: implicit

  const os::Fd& memory;
  std::size_t offset;  // a multiple of the page size
};

// What a channel takes of address space; a multiple of the page size. Of memory it takes what is used.
[[nodiscard]] std::size_t channel_bytes(const MailboxOptions& options);

// Before either end maps it, in memory that is zero.
void begin_channel(const Place& place, const MailboxOptions& options);

// Memory for one channel, begun. Throws pactor::Error.
[[nodiscard]] os::Fd create_channel(const MailboxOptions& options);

// What a channel says of itself.
[[nodiscard]] ChannelTerms read_terms(const ReceiverPage& page);
[[nodiscard]] MailboxOptions options_of(const ChannelTerms& terms);

// The sender part of a channel on these terms. Throws pactor::Error if the memory does not have it, or the
// process no room.
[[nodiscard]] os::Mapping map_sender_part(const Place& place, const ChannelTerms& terms,
                                          os::Access access);

}  // namespace pactor::mail
