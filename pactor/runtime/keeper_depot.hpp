// The transport's depot (mail/depot.hpp): the keeper keeps it.
#pragma once

#include <pactor/mail/depot.hpp>
#include <pactor/runtime/keeper_link.hpp>

#include <span>

namespace pactor::runtime {

class KeeperDepot final : public mail::Depot {
 public:
  explicit KeeperDepot(const KeeperLink& keeper) : keeper_(keeper) {}

  mail::Parcel reserve(const mail::Route& route, std::size_t bytes) override;
  os::Fd fetch(mail::Ticket ticket) override;
  mail::Ticket deposit(const mail::Route& route, std::span<const int> descriptors) override;
  std::vector<os::Fd> collect(mail::Ticket ticket) override;
  void discard(mail::Ticket ticket) noexcept override;
  void leave(const mail::Route& route) noexcept override;

 private:
  // The descriptors that come with the answer.
  [[nodiscard]] std::vector<os::Fd> all_of(const Request& request) const;
  [[nodiscard]] os::Fd one_of(const Request& request) const;  // empty if none came
  void tell(const Request& request) const noexcept;

  const KeeperLink& keeper_;
};

// Of the descriptors that came with an answer. Throws Error, with the remedy, if not all that were sent
// have: this process had no room for the others, and they are lost.
void require_all(std::span<const os::Fd> came, std::size_t sent);

}  // namespace pactor::runtime
