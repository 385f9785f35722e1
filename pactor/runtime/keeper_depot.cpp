#include <pactor/runtime/keeper_depot.hpp>

#include <pactor/os/memory.hpp>

#include <exception>
#include <string>
#include <utility>

namespace pactor::runtime {

namespace {

// In one message to the keeper, beside the socket for its answer.
constexpr std::size_t kMostDescriptors = os::kMessageFds - 1;

}  // namespace

mail::Parcel KeeperDepot::reserve(const mail::Route& route, std::size_t bytes) {
  auto [answer, fds] = keeper_.ask<DepositAnswer>(Reserve{.route = route, .bytes = bytes});
  if (!answer.reason.empty()) throw Error(answer.reason);
  if (answer.ticket == 0) return {};
  try {
    require_all(fds, 1);
    os::reserve_pages(fds.front(), 0, bytes);
  } catch (...) {
    discard(answer.ticket);
    throw;
  }
  return {.ticket = answer.ticket, .memory = std::move(fds.front())};
}

os::Fd KeeperDepot::fetch(mail::Ticket ticket) { return one_of(Fetch{ticket}); }

mail::Ticket KeeperDepot::deposit(const mail::Route& route, std::span<const int> descriptors) {
  if (descriptors.size() > kMostDescriptors) {
    throw Error("pactor: a message carries at most " + std::to_string(kMostDescriptors) +
                " file descriptors, and this one has " + std::to_string(descriptors.size()) +
                "; send them in several messages");
  }
  const auto [answer, fds] = keeper_.ask<DepositAnswer>(
      Deposit{.route = route, .descriptors = static_cast<std::uint32_t>(descriptors.size())},
      {descriptors.begin(), descriptors.end()});
  if (!answer.reason.empty()) throw Error(answer.reason);
  return answer.ticket;
}

std::vector<os::Fd> KeeperDepot::collect(mail::Ticket ticket) {
  std::vector<os::Fd> fds = all_of(Collect{ticket});
  if (!fds.empty()) discard(ticket);
  return fds;
}

void KeeperDepot::discard(mail::Ticket ticket) noexcept { tell(Discard{ticket}); }

void KeeperDepot::leave(const mail::Route& route) noexcept { tell(Leave{route}); }

std::vector<os::Fd> KeeperDepot::all_of(const Request& request) const {
  auto [answer, fds] = keeper_.ask<DescriptorsAnswer>(request);
  require_all(fds, answer.descriptors);
  return std::move(fds);
}

os::Fd KeeperDepot::one_of(const Request& request) const {
  std::vector<os::Fd> fds = all_of(request);
  return fds.empty() ? os::Fd() : std::move(fds.front());
}

void KeeperDepot::tell(const Request& request) const noexcept {
  try {
    keeper_.tell(request);
  } catch (const std::exception&) {
    // What is not given back now goes when its reader ends.
  }
}

void require_all(std::span<const os::Fd> came, std::size_t sent) {
  if (came.size() == sent) return;
  throw Error("pactor: this process has no room for " + std::to_string(sent) +
              " more file descriptors (raise the limit with `ulimit -n`)");
}

}  // namespace pactor::runtime
