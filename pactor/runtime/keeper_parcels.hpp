// What the keeper keeps for the transport (mail/depot.hpp): memory of large messages, and descriptors,
// on their way from one end of a channel to the other.
//
//     parcels.handle(Reserve{route, 100'000}, writer, reader, answer_socket);   // of a request
//     parcels.reader_ended(id);                                                 // of what happens
//
// A parcel has one reader, a member of the program's family: the actor whose channel it is, for tells and
// asks; its sender, for answers. It goes when one of its ends discards it; when the reader has ended for
// good; and when nobody will name its ticket to the reader any more: tells, once their sender has gone and
// what it sent has been processed; answers, when the asker has left the channel. So an answer outlives the
// actor that gave it, and a crashed actor's successor, which has the same id, finds what its mailbox speaks
// of.
#pragma once

#include <pactor/mail/depot.hpp>
#include <pactor/os/fd.hpp>
#include <pactor/runtime/protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

namespace pactor::runtime {

class Parcels {
 public:
  // Keeps no descriptor with this number or a higher one: those are for the keeper to receive with.
  explicit Parcels(int end_of_numbers) : end_of_numbers_(end_of_numbers) {}

  // `reader`: the other end of the channel; kNobody if there is none (any more). Each answers to `answer`;
  // the socket for it is the first of a deposit's descriptors.
  void handle(const Reserve& request, ActorId writer, ActorId reader, const os::Fd& answer);
  void handle(const Deposit& request, ActorId writer, ActorId reader, std::vector<os::Fd> fds);
  void handle(const Fetch& request, ActorId from, const os::Fd& answer) const;
  void handle(const Collect& request, ActorId from, const os::Fd& answer) const;
  void handle(const Discard& request, ActorId from);
  void handle(const Leave& request, ActorId from);

  // A member has ended, and has no successor.
  void reader_ended(ActorId reader);
  // The sender of a channel has gone, and all that it had sent is processed.
  void drained(const mail::Route& route);

  [[nodiscard]] std::size_t size() const noexcept { return reader_of_.size(); }

 private:
  enum class Kind : std::uint8_t { memory, descriptors };
  struct Parcel {
    Kind kind = Kind::memory;
    mail::Route route;
    ActorId writer = kNobody;
    std::vector<os::Fd> content;
  };
  using Shelf = std::map<mail::Ticket, Parcel>;  // what waits for one reader

  [[nodiscard]] bool affords(std::span<const os::Fd> content) const;
  mail::Ticket keep(ActorId reader, Parcel parcel);
  [[nodiscard]] const Parcel* find(mail::Ticket ticket, ActorId reader, Kind kind) const;
  void drop(mail::Ticket ticket);
  // What waits for `reader` from the other end of this channel.
  void drop_of_channel(ActorId reader, const mail::Route& route);

  const int end_of_numbers_;
  std::map<ActorId, Shelf> shelves_;  // by reader; none is empty
  std::unordered_map<mail::Ticket, ActorId> reader_of_;
  mail::Ticket last_ticket_ = 0;
};

}  // namespace pactor::runtime
