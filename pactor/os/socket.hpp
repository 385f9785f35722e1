// Local sockets that keep message boundaries and carry descriptors (AF_UNIX, SOCK_SEQPACKET).
//
//     auto [mine, theirs] = socket_pair();
//     send_message(theirs, bytes, {memory.get()});
//     Received answer = receive_message(mine, deadline);
//
// Sending is atomic per message: any thread may send on one socket without a lock.
#pragma once

#include <pactor/os/clock.hpp>
#include <pactor/os/fd.hpp>

#include <sys/types.h>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace pactor::os {

inline constexpr std::size_t kMessageBytes = 16 * 1024;  // the longest message
inline constexpr std::size_t kMessageFds = 64;           // the most descriptors in one

[[nodiscard]] std::pair<Fd, Fd> socket_pair();  // close-on-exec; throws pactor::Error

// From now on each message received here says who sent it. Throws pactor::Error.
void tell_senders(const Fd& socket);

// False if the other side is gone, or if it does not read and `wait` says not to wait for it.
enum class Wait { until_sent, never };
[[nodiscard]] bool send_message(const Fd& socket, std::span<const std::byte> bytes,
                                std::span<const int> fds = {}, Wait wait = Wait::until_sent);

struct Received {
  enum class State { message, closed, nothing };
  State state = State::nothing;
  std::vector<std::byte> bytes = {};
  std::vector<Fd> fds = {};
  bool lost_fds = false;  // more came than this process has room for
  pid_t sender = 0;  // the process that sent it, by the kernel's word; 0 without tell_senders()
};

// Memory for a message. Whoever asks a question takes it before: an answer that has come must not be lost for
// want of it, with what it brings.
class Room {
 public:
  Room();

 private:
  friend Received receive_message(const Fd& socket, Deadline deadline, Room room);
  Received received_;
};

// `nothing`: no message before the deadline; a past deadline never blocks.
[[nodiscard]] Received receive_message(const Fd& socket, Deadline deadline = kNever,
                                       Room room = {});

}  // namespace pactor::os
