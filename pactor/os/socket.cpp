#include <pactor/os/socket.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/retry.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>

namespace pactor::os {

namespace {

constexpr std::size_t kControlBytes =
    CMSG_SPACE(sizeof(int) * kMessageFds) + CMSG_SPACE(sizeof(ucred));

// Into `fds`, which has room for all of them: none may be left behind because memory is short.
void take_fds(msghdr& message, std::vector<Fd>& fds) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof(int), sizeof number);
      fds.emplace_back(number);
    }
  }
}

pid_t take_sender(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_CREDENTIALS) continue;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(part), sizeof sender);
    return sender.pid;
  }
  return 0;
}

// False: the deadline passed first.
bool wait_readable(const Fd& socket, Deadline deadline) {
  for (;;) {
    pollfd entry{.fd = socket.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&entry, 1, poll_timeout_ms(deadline));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail("cannot wait for a message");
  }
}

}  // namespace

std::pair<Fd, Fd> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    fail("cannot make a pair of sockets");
  }
  return {Fd(ends[0]), Fd(ends[1])};
}

void tell_senders(const Fd& socket) {
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
    fail("cannot tell the senders of messages");
  }
}

bool send_message(const Fd& socket, std::span<const std::byte> bytes, std::span<const int> fds,
                  Wait wait) {
  PACTOR_CHECK(bytes.size() <= kMessageBytes && fds.size() <= kMessageFds);
  iovec part{.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  alignas(cmsghdr) std::array<unsigned char, kControlBytes> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  const int flags = MSG_NOSIGNAL | (wait == Wait::never ? MSG_DONTWAIT : 0);
  for (Retry retry;;) {
    if (::sendmsg(socket.get(), &message, flags) >= 0) return true;
    const int error = errno;
    if (error == EINTR || (lacks_for_now(error) && retry.again())) continue;
    errno = error;
    if (errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED || errno == ENOTCONN ||
        errno == EBADF) {
      return false;
    }
    if (errno == EAGAIN && wait == Wait::never) return false;
    fail("cannot send a message");
  }
}

Room::Room() {
  received_.bytes.resize(kMessageBytes);
  received_.fds.reserve(kMessageFds);
}

Received receive_message(const Fd& socket, Deadline deadline, Room room) {
  Received received = std::move(room.received_);
  std::vector<std::byte>& buffer = received.bytes;
  alignas(cmsghdr) std::array<unsigned char, kControlBytes>
      control;  // NOLINT: filled by the kernel
  for (Retry retry;;) {
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const int flags = MSG_CMSG_CLOEXEC | (deadline == kNever ? 0 : MSG_DONTWAIT);
    const ssize_t length = ::recvmsg(socket.get(), &message, flags);
    if (length > 0) {
      received.state = Received::State::message;
      buffer.resize(static_cast<std::size_t>(length));
      take_fds(message, received.fds);
      received.lost_fds = (message.msg_flags & MSG_CTRUNC) != 0;
      received.sender = take_sender(message);
      return received;
    }
    const int error = errno;
    if (length == 0 || error == ECONNRESET) return {.state = Received::State::closed};
    if (error == EINTR || (lacks_for_now(error) && retry.again())) continue;
    if (error != EAGAIN) fail("cannot receive a message", error);
    if (deadline == Deadline::min() || !wait_readable(socket, deadline)) return {};
  }
}

}  // namespace pactor::os
