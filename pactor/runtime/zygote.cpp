#include <pactor/runtime/zygote.hpp>

#include <pactor/os/process.hpp>
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

void run_zygote(os::Fd keeper_socket, pid_t keeper, const BlockedSignals& signals) noexcept {
  ::prctl(PR_SET_NAME, "pactor-zygote");
  if (!os::die_with_parent(keeper)) ::_exit(0);
  for (;;) {
    os::Received received = os::receive_message(keeper_socket);
    if (received.state != os::Received::State::message) ::_exit(0);
    wire::Decoder decoder(received.bytes);
    const auto clone = wire::decode<Clone>(decoder);
    const pid_t pid = os::clone_process(os::Parent::mine);
    if (pid == 0) {
      keeper_socket.reset();
      signals.restore();
      be_born(clone.actor, std::move(received.fds), keeper);
    }
    wire::Encoder encoder;
    wire::encode(encoder, Cloned{.pid = pid > 0 ? pid : -errno});
    if (!os::send_message(keeper_socket, encoder.view())) ::_exit(0);
  }
}

}  // namespace pactor::runtime
