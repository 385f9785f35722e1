#include <pactor/runtime/zygote.hpp>

#include <pactor/os/process.hpp>
#include <pactor/os/retry.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/birth.hpp>
#include <pactor/runtime/protocol.hpp>

#include <sys/prctl.h>
#include <cerrno>

namespace pactor::runtime {

BlockedSignals::BlockedSignals() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before_);
}

void BlockedSignals::restore() const { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

namespace {

// The keeper has ended, and not by its own will, or it would have ended this process first. The kernel
// ends the actors. What they had forked is in the keeper's process group, unless it chose to leave that;
// so is this process, which is the last to go.
[[noreturn]] void end_with_keeper(pid_t keeper) {
  if (::getpgrp() == keeper) ::kill(0, SIGKILL);
  ::_exit(0);
}

}  // namespace

void run_zygote(os::Fd keeper_socket, os::Fd requests, pid_t keeper,
                const BlockedSignals& signals) noexcept {
  ::prctl(PR_SET_NAME, "pactor-zygote");
  write_whole_lines();
  try {
    for (;;) {
      os::Received received = os::insist([&] { return os::receive_message(keeper_socket); });
      if (received.state != os::Received::State::message) end_with_keeper(keeper);
      pid_t pid = -ENOMEM;
      try {
        wire::Decoder decoder(received.bytes);
        const auto clone = wire::decode<Clone>(decoder);
        if (received.lost_fds) throw Error("no room for the descriptors of an actor");
        const Creator creator = look_at_creator(clone, received.fds);
        pid = os::clone_process(os::Parent::mine);
        if (pid == 0) {
          keeper_socket.reset();
          signals.restore();
          be_born(clone, std::move(received.fds), std::move(requests), creator, keeper);
        }
        if (pid < 0) pid = -errno;
      } catch (const std::exception&) {
        // Each request has an answer, or the keeper would take the next one for it.
      }
      const bool told = os::insist([&] {
        wire::Encoder encoder;
        wire::encode(encoder, Cloned{.pid = pid});
        return os::send_message(keeper_socket, encoder.view());
      });
      if (!told) end_with_keeper(keeper);
    }
  } catch (const std::exception&) {
    ::_exit(1);  // nothing works any more; the keeper ends all actors, and says why
  }
}

}  // namespace pactor::runtime
