#include <pactor/os/socket.hpp>

#include <pactor/os/failure.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>

namespace pactor::os {

namespace {

constexpr std::size_t kControlBytes =
    CMSG_SPACE(sizeof(int) * kMessageFds) + CMSG_SPACE(sizeof(ucred));

std::vector<Fd> take_fds(msghdr& message) {
  std::vector<Fd> fds;
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
  return fds;
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
  for (;;) {
    if (::sendmsg(socket.get(), &message, flags) >= 0) return true;
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET || errno == ECONNREFUSED || errno == ENOTCONN ||
        errno == EBADF) {
      return false;
    }
    if (errno == EAGAIN && wait == Wait::never) return false;
    fail("cannot send a message");
  }
}

Received receive_message(const Fd& socket, Deadline deadline) {
  std::array<std::byte, kMessageBytes> buffer;  // NOLINT: filled by the kernel
  alignas(cmsghdr) std::array<unsigned char, kControlBytes> control;  // NOLINT: likewise
  for (;;) {
    iovec part{.iov_base = buffer.data(), .iov_len = buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const int flags = MSG_CMSG_CLOEXEC | (deadline == kNever ? 0 : MSG_DONTWAIT);
    const ssize_t length = ::recvmsg(socket.get(), &message, flags);
    if (length > 0) {
      return {.state = Received::State::message,
              .bytes = {buffer.begin(), buffer.begin() + length},
              .fds = take_fds(message),
              .sender = take_sender(message)};
    }
    if (length == 0 || errno == ECONNRESET) return {.state = Received::State::closed};
    if (errno == EINTR) continue;
    if (errno != EAGAIN) fail("cannot receive a message");
    if (deadline == Deadline::min() || !wait_readable(socket, deadline)) return {};
  }
}

}  // namespace pactor::os
