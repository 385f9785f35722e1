// How the keeper's process begins. See keeper.hpp.
#include <pactor/runtime/keeper.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/runtime/runtime.hpp>
#include <pactor/runtime/zygote.hpp>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

namespace pactor::runtime {

namespace {

// The kernel marks share->alive when this process ends, however it ends.
void tie_to_lifeline(KeeperShare* share) {
  static robust_list_head head;
  head.list.next = reinterpret_cast<robust_list*>(&share->node);
  share->node.next = reinterpret_cast<KeeperShare::Node*>(&head.list);
  head.futex_offset = static_cast<long>(offsetof(KeeperShare, alive) - offsetof(KeeperShare, node));
  head.list_op_pending = nullptr;
  share->alive.store(static_cast<std::uint32_t>(::gettid()) | FUTEX_WAITERS);
  ::syscall(SYS_set_robust_list, &head, sizeof head);
  os::futex_wake(share->alive);  // the program waits for it
}

// What the keeper holds grows with the number of actors; the program's own limits are for the program.
void raise_limits() {
  for (const auto which : {RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    if (::getrlimit(which, &limit) != 0) continue;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(which, &limit);
  }
}

// Neither the keeper nor the zygote has business with the program's streams.
void leave_streams() {
  os::Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null) return;  // no /dev in this place: the streams they have must do
  for (int stream = 0; stream <= 2; ++stream) ::dup2(null.get(), stream);
  // It is one of them itself if the program was started with one closed: then it has to stay.
  if (null.get() <= 2) static_cast<void>(null.release());
}

}  // namespace

void run_keeper(os::Fd program_control, pid_t program, KeeperShare* share) noexcept {
  ::prctl(PR_SET_NAME, "pactor-keeper");
  ::setsid();  // Ctrl-C and hang-ups are for the program alone
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // All but its line to the program; a low number first, so that the rest is one range.
  constexpr int kControl = 3;
  if (program_control.get() != kControl) {
    ::dup3(program_control.get(), kControl, O_CLOEXEC);
    program_control = os::Fd(kControl);
  }
  os::close_from(kControl + 1);
  leave_streams();
  const BlockedSignals before;  // a signal to the whole family must not end it before the program
  try {
    auto [zygote, zygote_end] = os::socket_pair();
    auto [requests, requests_end] = os::socket_pair();
    os::tell_senders(requests);
    const pid_t keeper = ::getpid();
    const pid_t zygote_pid = os::clone_process(os::Parent::me_told);
    if (zygote_pid == 0) {
      program_control.reset();
      zygote.reset();
      requests.reset();
      ::mprotect(share, mail::kPageBytes, PROT_READ);
      Runtime::object().note_keeper(*share);
      run_zygote(std::move(zygote_end), std::move(requests_end), keeper, before);
    }
    zygote_end.reset();
    if (zygote_pid < 0) ::_exit(1);
    raise_limits();  // after the zygote: actors keep the program's own
    os::Fd program_pidfd = os::open_pidfd(program);
    if (::getppid() != program) ::_exit(0);  // it has ended already
    Keeper self({.program = std::move(program_control),
                 .program_pidfd = std::move(program_pidfd),
                 .requests = std::move(requests),
                 .requests_end = std::move(requests_end),
                 .zygote = std::move(zygote)},
                zygote_pid, *share);
    tie_to_lifeline(share);  // when nothing can fail any more: the program takes it for success
    self.run();
  } catch (const std::exception&) {
    ::_exit(1);  // without a keeper there is nothing to go on with; the kernel ends the actors
  }
}

}  // namespace pactor::runtime
