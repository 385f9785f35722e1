#include <pactor/runtime/start.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/process.hpp>
#include <pactor/runtime/keeper.hpp>
#include <pactor/runtime/runtime.hpp>

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>
#include <utility>

namespace pactor::runtime {

namespace {

struct Unmap {
  void operator()(KeeperShare* share) const noexcept { ::munmap(share, mail::kPageBytes); }
};
using OwnedShare = std::unique_ptr<KeeperShare, Unmap>;

OwnedShare make_share() {
  void* page =
      ::mmap(nullptr, mail::kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) os::fail("cannot map the page shared with the keeper");
  return OwnedShare(::new (page) KeeperShare{});
}

// Its end waits to be reaped; or has been, by the kernel, where a debugger has made it an ordinary child
// of a program that ignores SIGCHLD.
bool keeper_has_ended(pid_t keeper) { return os::has_ended(keeper) || ::kill(keeper, 0) != 0; }

// The word that tells of the keeper's end must tell of its life first. Throws SpawnError if it does not live.
void wait_until_alive(const KeeperShare& share, pid_t keeper) {
  while (share.alive.load() == 0 && !keeper_has_ended(keeper)) {
    os::futex_wait(share.alive, 0, os::deadline_in(std::chrono::milliseconds(50)));
  }
  const std::uint32_t alive = share.alive.load();
  if (alive != 0 && (alive & FUTEX_OWNER_DIED) == 0) return;
  throw SpawnError(
      "pactor: the keeper process, which looks after the actors, ended as soon as it had begun; it "
      "needs some file descriptors, memory and a process of its own (see `ulimit -n`, `ulimit -v` "
      "and `ulimit -u`)");
}

// What is known of main. Where it is not announced (expect_main()), it has begun, as far as can be told, when
// the static initialisers are through: the archive's own come after those of the program that it is linked to.
// (A shared library's come before. That of a program which is linked with it behind libc is not told apart, nor
// are those of a static program that is optimised at link time, which may come after them.)
enum class Main { unknown, expected, begun };
constinit Main main_function = Main::unknown;
constinit volatile bool static_initialisers_done = false;

// (Were the variable not volatile, clang would run this when it compiles.)
[[gnu::constructor]] void note_static_initialisers() { static_initialisers_done = true; }

// Throws if this process may not have a runtime (now).
void require_permission() {
  if (Runtime::object().body() != nullptr) {
    throw Error(
        "pactor: this process was forked by an actor, and ends with it; it cannot create actors: "
        "let the actor do that, or have this process exec a program");
  }
  if (!static_initialisers_done || main_function == Main::expected) {
    throw Error(
        "pactor: actors cannot be used before main() has begun, nor by a static initialiser of a "
        "library; create them in main, or in a static variable of a function");
  }
}

void require_single_thread() {
  const int threads = os::read_process_status().threads;
  if (threads == 1) return;
  throw SpawnError(
      "pactor: actors need a process that has one thread when their runtime starts, and this one "
      "has " +
      std::to_string(threads) +
      "; call pactor::init() at the beginning of main, before threads are started (a static "
      "initialiser that starts one is too early: do that in main, too)");
}

void flush_streams() {  // or what is buffered would be written once per process
  std::cout.flush();
  std::fflush(nullptr);
}

// Of a runtime that has started late there may be another that one could mistake it for: a forked
// child's parent, or another library of this program with a copy of pactor. No other family has ids
// that begin with the number of this keeper.
ActorId last_id_of_late_keeper() {
  constexpr int kActorBits = 34;
  return static_cast<ActorId>(::getpid()) << kActorBits;
}

enum class When { before_main, late };

void start_keeper(When when) {
  auto [mine, keepers] = os::socket_pair();
  // A program that was started with a closed stream must not take this for it.
  if (mine.get() <= 2) mine = os::Fd(::fcntl(mine.get(), F_DUPFD_CLOEXEC, 3));
  OwnedShare share = make_share();
  Runtime::object().note_origin(read_origin());
  const pid_t program = ::getpid();
  flush_streams();
  const pid_t keeper = os::clone_process(os::Parent::me);
  if (keeper == 0) {
    mine.reset();
    if (when == When::late) share->last_id = last_id_of_late_keeper();
    run_keeper(std::move(keepers), program, share.release());
  }
  if (keeper < 0) os::fail("cannot make the keeper process");
  keepers.reset();
  try {
    wait_until_alive(*share, keeper);
    Runtime::object().become_program(std::move(mine), keeper, *share);
  } catch (...) {
    mine.reset();  // so that it ends
    static_cast<void>(os::reap(keeper, /*block=*/true));
    throw;
  }
  [[maybe_unused]] const KeeperShare* kept = share.release();  // as long as the process
  static constinit bool at_exit = false;                       // a forked child has inherited it
  if (!std::exchange(at_exit, true)) std::atexit([] { Runtime::object().shut_down(); });
}

}  // namespace

void start() {
  if (Runtime::object().usable()) return;
  require_permission();
  require_single_thread();
  Runtime::begin_anew();
  start_keeper(When::late);
}

void start_before_main() noexcept {
  main_function = Main::begun;
  if (Runtime::object().usable()) return;
  try {
    require_single_thread();
    start_keeper(When::before_main);
  } catch (const std::exception&) {
    // A program that never uses an actor is not to be bothered.
  }
}

void expect_main() noexcept { main_function = Main::expected; }

}  // namespace pactor::runtime
