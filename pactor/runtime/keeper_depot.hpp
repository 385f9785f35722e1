// The transport's depot (mail/depot.hpp): the keeper keeps it.
#pragma once

#include <pactor/mail/depot.hpp>
#include <pactor/runtime/keeper_link.hpp>

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
  [[noreturn]] static void no_room_here(std::size_t descriptors);

  const KeeperLink& keeper_;
};

}  // namespace pactor::runtime
