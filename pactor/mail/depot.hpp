// What the transport has others keep for it: memory for long messages, and descriptors on
// their way. The runtime's implementation asks the keeper, so that what has been accepted outlives its
// sender, and what is being processed outlives its receiver; tests bring one of their own.
//
//     Parcel parcel = depot.reserve(route, bytes);   // the writer: memory for a large message
//     os::Fd memory = depot.fetch(parcel.ticket);    // the reader, once it has read the ticket
//     depot.discard(parcel.ticket);                  // either, when it is not needed any more
//
// Any thread. Each call but discard() asks the keeper and waits for its answer; none is made for small
// messages.
#pragma once

#include <pactor/os/fd.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pactor::mail {

// A channel: its receiver (an actor's id), and its number in that actor's mailbox.
struct Route {
  std::uint64_t actor = 0;
  std::uint32_t channel = 0;
};

using Ticket = std::uint64_t;  // never reused while the program runs; 0: none

struct Parcel {
  Ticket ticket = 0;
  os::Fd memory;
};

class Depot {
 public:
  Depot() = default;
  Depot(const Depot&) = delete;
  Depot& operator=(const Depot&) = delete;
  virtual ~Depot() = default;

  // Memory that the calling process writes and the other end of the channel reads: the actor if the
  // caller sends on `route`, the sender if the caller is the actor (an answer). At least `bytes`, all of
  // them there: writing cannot fail. A ticket of 0, and no memory: the other end has gone for good.
  // Throws pactor::Error, where there is no memory for example.
  virtual Parcel reserve(const Route& route, std::size_t bytes) = 0;
  // The reader's way to it; empty if there is no such ticket for this process.
  virtual os::Fd fetch(Ticket ticket) = 0;

  // Descriptors for the other end of the channel; they stay the caller's too. A ticket of 0: the other
  // end has gone for good. Throws pactor::Error, if they are too many for example.
  virtual Ticket deposit(const Route& route, std::span<const int> descriptors) = 0;
  // The reader takes them out, once. Empty if there is no such ticket for this process. Throws
  // pactor::Error if this process has no room for them: then they are still there.
  virtual std::vector<os::Fd> collect(Ticket ticket) = 0;

  // Of either kind; by the writer or the reader.
  virtual void discard(Ticket ticket) noexcept = 0;
  // The caller sends on this channel no more, nor reads its answers.
  virtual void leave(const Route& route) noexcept = 0;
};

}  // namespace pactor::mail
