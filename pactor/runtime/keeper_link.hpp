// This process's line to the keeper.
//
//     link.tell(Kill{id});
//     auto [answer, fds] = link.ask<OpenAnswer>(Open{id});
//
// Any thread, at any time; a question does not hold up another thread's.
#pragma once

#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/protocol.hpp>

#include <array>
#include <utility>
#include <vector>

namespace pactor::runtime {

class KeeperLink {
 public:
  KeeperLink() = default;
  explicit KeeperLink(os::Fd control) : control_(std::move(control)) {}

  // False if the keeper is gone.
  bool tell(const Request& request, std::span<const int> fds = {}) const {
    wire::Encoder encoder;
    wire::encode(encoder, request);
    return os::send_message(control_, encoder.view(), fds);
  }

  // Throws Error if the keeper is gone.
  template <class Answer>
  [[nodiscard]] std::pair<Answer, std::vector<os::Fd>> ask(const Request& request,
                                                           std::vector<int> fds = {}) const {
    auto [mine, theirs] = os::socket_pair();
    fds.insert(fds.begin(), theirs.get());
    const bool sent = tell(request, fds);
    theirs.reset();  // so that the keeper's end closing is seen here
    os::Received received;
    if (sent) received = os::receive_message(mine);
    if (received.state != os::Received::State::message) {
      throw Error(
          "pactor: the keeper of this program has ended, and all actors with it; only a new "
          "start of the program helps");
    }
    wire::Decoder decoder(received.bytes);
    return {wire::decode<Answer>(decoder), std::move(received.fds)};
  }

  // The program's own end: the keeper takes it for the end of the program.
  void close() { control_.reset(); }
  [[nodiscard]] int descriptor() const noexcept { return control_.get(); }

 private:
  os::Fd control_;
};

}  // namespace pactor::runtime
