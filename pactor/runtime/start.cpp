#include <pactor/runtime/start.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/process.hpp>
#include <pactor/runtime/keeper.hpp>
#include <pactor/runtime/runtime.hpp>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace pactor::runtime {

namespace {

KeeperShare* make_share() {
  void* page =
      ::mmap(nullptr, mail::kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) os::fail("cannot map the page shared with the keeper");
  return ::new (page) KeeperShare{};
}

// The word that tells of the keeper's end must tell of its life first.
void wait_until_alive(const KeeperShare& share, pid_t keeper) {
  while (share.alive.load() == 0) {
    os::futex_wait(share.alive, 0, os::deadline_in(std::chrono::milliseconds(50)));
    if (::kill(keeper, 0) != 0) os::fail("the keeper process ended at once");
  }
}

void start_keeper() {
  const int threads = os::read_process_status().threads;
  if (threads > 1) {
    throw Error(
        "actors need a program that is single-threaded until main: a static initialiser has "
        "started a thread (there are " +
        std::to_string(threads) + "); start it from main instead");
  }
  auto [mine, keepers] = os::socket_pair();
  // A program that was started with a closed stream must not take this for it.
  if (mine.get() <= 2) mine = os::Fd(::fcntl(mine.get(), F_DUPFD_CLOEXEC, 3));
  KeeperShare* share = make_share();
  Runtime::object().note_origin(read_origin());
  const pid_t program = ::getpid();
  std::fflush(nullptr);  // or what is buffered would be written once per process
  const pid_t keeper = os::clone_process(os::Parent::me);
  if (keeper == 0) {
    mine.reset();
    run_keeper(std::move(keepers), program, share);
  }
  if (keeper < 0) os::fail("cannot make the keeper process");
  keepers.reset();
  wait_until_alive(*share, keeper);
  Runtime::object().become_program(std::move(mine), keeper, &share->alive);
  std::atexit([] { Runtime::object().shut_down(); });
}

}  // namespace

void start() {
  static const bool once = [] {
    try {
      start_keeper();
    } catch (const std::exception& error) {
      Runtime::object().refuse(error.what());
    }
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace pactor::runtime

// ---- the way in ------------------------------------------------------------------------------
//
// The C library's start code calls this with the program's main. The linker takes this definition
// before the C library's; it starts the runtime between the static initialisers, which the original
// runs, and main. (A constructor function of the library would be too early: static objects of the
// program would not be there yet in the actors.)

namespace {

using Main = int (*)(int, char**, char**);
Main program_main = nullptr;  // NOLINT: what the C library hands over, once, before any thread

int start_then_main(int argc, char** argv, char** envp) {
  pactor::runtime::start();
  return program_main(argc, argv, envp);
}

}  // namespace

extern "C" int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(),
                                 void (*rtld_fini)(), void* stack_end) {
  program_main = main;
  const auto original =
      reinterpret_cast<decltype(&__libc_start_main)>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  return original(&start_then_main, argc, argv, init, fini, rtld_fini, stack_end);
}
