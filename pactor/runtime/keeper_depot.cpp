#include <pactor/runtime/keeper_depot.hpp>

namespace pactor::runtime {

mail::Parcel KeeperDepot::reserve(const mail::Route& /*route*/, std::size_t /*bytes*/) {
  throw Error("TODO");
}
os::Fd KeeperDepot::fetch(mail::Ticket /*ticket*/) { throw Error("TODO"); }
mail::Ticket KeeperDepot::deposit(const mail::Route& /*route*/,
                                  std::span<const int> /*descriptors*/) {
  throw Error("TODO");
}
std::vector<os::Fd> KeeperDepot::collect(mail::Ticket /*ticket*/) { throw Error("TODO"); }
void KeeperDepot::discard(mail::Ticket /*ticket*/) noexcept { static_cast<void>(keeper_); }
void KeeperDepot::leave(const mail::Route& /*route*/) noexcept {}

}  // namespace pactor::runtime
