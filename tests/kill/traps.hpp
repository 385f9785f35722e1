// Kills this process, by SIGKILL, when it is about to execute one of the instructions that the board says are
// deadly. In their places stand breakpoints, and nothing of them is seen before: the process runs at its
// usual speed, and dies between two instructions.
#pragma once

#include "board.hpp"
#include "tests/shared_memory.hpp"
#include "transport_code.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <span>
#include <vector>

namespace killing {

#if defined(__x86_64__)
inline constexpr bool kCanTrap = true;
inline constexpr unsigned char kBreakpoint = 0xCC;

inline std::uintptr_t trapped_at(const ucontext_t& context) {
  return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]) - 1;
}
#else
inline constexpr bool kCanTrap = false;
inline constexpr unsigned char kBreakpoint = 0;

inline std::uintptr_t trapped_at(const ucontext_t&) { return 0; }
#endif

// Read by the judge; the victims, cloned before that, find the addresses on the board.
class Traps {
 public:
  // All of the program's transport code. The program only.
  static const std::vector<Instruction>& read_code();

  // In the victim. From here on it dies at the first deadly instruction.
  static void set();
};

namespace detail {

struct Code {
  std::array<std::uintptr_t, kMostInstructions> address;  // ascending
  std::uint32_t count;
};

inline Code& code() {
  static Code& shared = pactor::testing::share<Code>();
  return shared;
}
[[maybe_unused]] inline Code& code_mapped_before_main = code();

[[nodiscard]] inline std::span<const std::uintptr_t> addresses() {
  return std::span(code().address).first(code().count);
}

// Whoever executes this process step by step; see meanwhile.hpp.
inline void (*step)(int code, ucontext_t& context) = nullptr;

inline void trap(int /*signal*/, siginfo_t* info, void* at) {
  auto& context = *static_cast<ucontext_t*>(at);
  // Of a breakpoint the kernel says SI_KERNEL; of a step TRAP_TRACE, or TRAP_BRKPT where it cannot tell why.
  if (info->si_code != SI_KERNEL && step != nullptr) return step(info->si_code, context);
  const auto all = addresses();
  const auto found = std::ranges::lower_bound(all, trapped_at(context));
  if (found == all.end() || *found != trapped_at(context)) {
    board().complain("a trap where no breakpoint is");
    ::_exit(1);
  }
  board().struck = static_cast<std::uint32_t>(found - all.begin()) + 1;
  ::syscall(SYS_kill, ::getpid(), SIGKILL);
}

}  // namespace detail

inline const std::vector<Instruction>& Traps::read_code() {
  static const std::vector<Instruction> all = [] {
    std::vector<Instruction> read = read_transport_code();
    std::ranges::sort(read, {}, &Instruction::address);
    if (read.size() > kMostInstructions) std::abort();
    detail::Code& code = detail::code();
    for (std::uint32_t i = 0; i < read.size(); ++i) code.address[i] = read[i].address;
    code.count = static_cast<std::uint32_t>(read.size());
    return read;
  }();
  return all;
}

inline void Traps::set() {
  struct sigaction action{};
  action.sa_sigaction = &detail::trap;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigaction(SIGTRAP, &action, nullptr);
  sigset_t trap;
  ::sigemptyset(&trap);
  ::sigaddset(&trap, SIGTRAP);
  ::sigprocmask(SIG_UNBLOCK, &trap, nullptr);  // a keeper has blocked it
  const detail::Code& code = detail::code();
  if (code.count == 0) return;
  constexpr std::uintptr_t kPage = 4096;
  const std::uintptr_t begin = code.address[0] / kPage * kPage;
  const std::uintptr_t end = code.address[code.count - 1] + 1;
  void* const text = reinterpret_cast<void*>(begin);  // NOLINT: that is what it is
  if (::mprotect(text, end - begin, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) std::abort();
  for (std::uint32_t i = 0; i < code.count; ++i) {
    if (!board().deadly[i].load(std::memory_order_relaxed)) continue;
    auto* const instruction = reinterpret_cast<volatile unsigned char*>(code.address[i]);  // NOLINT
    *instruction = kBreakpoint;
  }
  ::mprotect(text, end - begin, PROT_READ | PROT_EXEC);
}

}  // namespace killing
