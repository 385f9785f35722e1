// This process's line to the keeper.
//
//     link.tell(Kill{id});
//     auto [answer, fds] = link.ask<OpenAnswer>(Open{id});
//
// Any thread, at any time; a question does not hold up another thread's.
#pragma once

#include <pactor/mail/lifeline.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/protocol.hpp>

#include <poll.h>
#include <sys/stat.h>
#include <cerrno>
#include <utility>
#include <vector>

namespace pactor::runtime {

class KeeperLink {
 public:
  KeeperLink() = default;
  // Throws Error, and takes nothing, if the machine cannot even say what the descriptor is.
  KeeperLink(os::Fd&& control, const mail::Lifeline& keeper)
      : lifeline_(keeper), inode_(inode_of(control)) {
    if (inode_ == 0) os::fail("cannot look at the line to the keeper");
    control_ = std::move(control);
  }

  // Whether the descriptor is still this line. Programs close descriptors that they do not know
  // (closefrom), and what they open then has the same number.
  [[nodiscard]] bool intact() const noexcept {
    if (inode_ == 0) return false;
    const ino_t now = inode_of(control_);
    return now == inode_ || (now == 0 && errno != EBADF && errno != ENOTSOCK);  // it cannot be told
  }
  // Throws Error if somebody else has closed it. After close() the actors have been seen to: then what is
  // told is for nobody, and static objects of the program may still go through the motions.
  void require_intact() const {
    if (inode_ == 0 || intact()) return;
    throw Error(
        "pactor: this process has closed the descriptor that connects it with the keeper of its "
        "actors, which have ended therefore; close only descriptors that are yours, or all of them "
        "before pactor::init() and the first actor");
  }

  // False if the keeper is gone, or the line.
  bool tell(const Request& request, std::span<const int> fds = {}) const {
    if (!intact()) return false;
    wire::Encoder encoder;
    wire::encode(encoder, request);
    return os::send_message(control_, encoder.view(), fds);
  }

  // Throws Error if the keeper is gone, or the line.
  template <class Answer>
  [[nodiscard]] std::pair<Answer, std::vector<os::Fd>> ask(const Request& request,
                                                           std::vector<int> fds = {}) const {
    require_intact();
    os::Room room;
    auto [mine, theirs] = os::socket_pair();
    fds.insert(fds.begin(), theirs.get());
    const bool sent = tell(request, fds);
    theirs.reset();  // so that the keeper's end closing is seen here
    os::Received received;
    if (sent) received = os::receive_message(mine, os::kNever, std::move(room));
    if (received.state != os::Received::State::message) no_answer();
    wire::Decoder decoder(received.bytes);
    return {wire::decode<Answer>(decoder), std::move(received.fds)};
  }

  // The program's own end: the keeper takes it for the end of the program.
  void close() {
    if (!intact()) static_cast<void>(control_.release());  // somebody else's by now
    control_.reset();
    inode_ = 0;
  }
  [[nodiscard]] int descriptor() const noexcept { return control_.get(); }

 private:
  // Of the socket that the descriptor means; 0: of none, and errno says why.
  [[nodiscard]] static ino_t inode_of(const os::Fd& socket) noexcept {
    struct stat status{};
    if (::fstat(socket.get(), &status) != 0) return 0;
    errno = ENOTSOCK;
    return S_ISSOCK(status.st_mode) ? status.st_ino : 0;
  }

  [[noreturn]] void no_answer() const {
    pollfd line{.fd = control_.get(), .events = 0, .revents = 0};
    // Of a killed keeper's descriptors, the one for the answer may be closed before that of this line; but the
    // kernel marks its life before it closes any.
    if (lifeline_.keeper_died() || ::poll(&line, 1, 0) == 1) {
      throw Error(
          "pactor: the keeper of this program has ended, and all actors with it; "
          "only a new start of the program helps");
    }
    throw Error(
        "pactor: the keeper of this program could not answer, for it lacks memory or descriptors; "
        "try again, have fewer actors, or raise the limits (`ulimit -Hn`, `ulimit -Hv`)");
  }

  os::Fd control_;
  mail::Lifeline lifeline_;
  ino_t inode_ = 0;
};

}  // namespace pactor::runtime
