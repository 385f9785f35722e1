// Memory of their own for messages and answers that are too long for a ring or an arena.
//
//     Parcel-sized payload, writer:                       reader:
//     StagedParcel staged = pool.stage(payload);          auto view = shelf.open(ticket, bytes);
//     …a record or slot with staged.ticket and last_use   …decode…
//     pool.give_back(std::move(staged));  // later, when  shelf.close(ticket, last_use);
//                                         // the reader is done
//
// A parcel is made by the keeper and mapped by both ends. The first use pays for that, and for its
// pages; afterwards it is used again for the next message, and the reader has it mapped already. One
// that would make the pool too large is used once, and the reader gives it up: `last_use`.
//
// One thread at a time, for each object.
#pragma once

#include <pactor/mail/depot.hpp>
#include <pactor/mail/payload.hpp>
#include <pactor/os/memory.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <vector>

namespace pactor::mail {

// The writer's. Without memory it is none.
struct StagedParcel {
  Ticket ticket = 0;
  os::Mapping memory;
  bool last_use = false;

  explicit operator bool() const noexcept { return static_cast<bool>(memory); }
};

class ParcelPool {
 public:
  enum class Reuse { yes, no };

  ParcelPool(Depot& depot, const Route& route, Reuse reuse) noexcept
      : depot_(depot), route_(route), reuse_(reuse) {}
  ~ParcelPool();

  // A parcel holding these bytes; none if its reader has gone for good. Throws pactor::Error if memory is short.
  [[nodiscard]] StagedParcel stage(const Payload& payload);
  // Its reader is done with it.
  void give_back(StagedParcel parcel) noexcept;
  // No reader has been told of it.
  void withdraw(StagedParcel parcel) noexcept;

 private:
  void keep(StagedParcel parcel) noexcept;  // for the next message
  // All that is used again, idle or not.
  static constexpr std::size_t kReusedBytes = std::size_t{128} << 20;

  Depot& depot_;
  const Route route_;
  const Reuse reuse_;
  std::vector<StagedParcel> idle_;
  std::size_t reused_bytes_ = 0;
};

// The reader's.
class ParcelShelf {
 public:
  explicit ParcelShelf(Depot& depot) noexcept : depot_(depot) {}

  // The bytes, valid until close(). Empty memory (null data) if there is no such parcel, or it is shorter.
  // Throws pactor::Error if this process lacks the means to map it. In both cases nothing was opened.
  [[nodiscard]] std::span<const std::byte> open(Ticket ticket, std::uint64_t bytes);
  // Of what was opened. A faulty writer may name one parcel twice, so that it is open twice: it stays for the
  // other.
  void close(Ticket ticket, bool last_use) noexcept;
  // What was never opened is not wanted.
  void give_up(Ticket ticket) noexcept;

 private:
  struct Open {
    os::Mapping memory;
    std::size_t users = 0;
    bool last_use = false;
  };
  void drop_unused(std::map<Ticket, Open>::iterator open) noexcept;

  Depot& depot_;
  std::map<Ticket, Open> mapped_;
};

}  // namespace pactor::mail
