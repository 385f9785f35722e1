// The other side acts between two instructions of a call: before the n-th instruction of the transport that the
// call comes to. So each order is had in which the call and the act can come about, one after the other.
//
//     meanwhile(n, [&] { sent = outlet.tell(…); }, [&] { mailbox.close(); });
//     if (board().acted) …the call has so many…
//
// The call is executed step by step (the processor's trap flag), up to there. For a victim, in its own process: the
// act stands for another one's, so it must take no lock that the call may hold. The call does not throw.
#pragma once

#include "board.hpp"
#include "traps.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <functional>
#include <utility>

namespace killing {

namespace detail {

inline std::uint32_t steps_left = 0;
inline std::function<void()> act;

#if defined(__x86_64__)
constexpr greg_t kTrapFlag = 0x100;

// A signal that the process has sent itself begins the steps, and ends them.
inline void step_or_act(int code, ucontext_t& context) {
  greg_t& flags = context.uc_mcontext.gregs[REG_EFL];
  if (code == SI_TKILL) {
    flags ^= kTrapFlag;
    return;
  }
  const auto next = static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
  if (!std::ranges::binary_search(addresses(), next) || steps_left-- != 0) return;
  flags &= ~kTrapFlag;
  act();
  board().acted = true;
}
#else
inline void step_or_act(int, ucontext_t&) {}
#endif

}  // namespace detail

template <class Call>
void meanwhile(std::uint32_t nth, Call call, std::function<void()> act) {
  detail::step = &detail::step_or_act;
  detail::steps_left = nth;
  detail::act = std::move(act);
  std::raise(SIGTRAP);
  call();
  if (!board().acted) std::raise(SIGTRAP);
}

}  // namespace killing
