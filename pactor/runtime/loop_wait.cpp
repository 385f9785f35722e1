#include <pactor/runtime/loop_wait.hpp>

#include <pactor/error.hpp>
#include <pactor/mail/mailbox.hpp>
#include <pactor/runtime/remote.hpp>
#include <pactor/runtime/runtime.hpp>

#include <string>

namespace pactor::runtime {

namespace {

mail::PublishedWait publish(const mail::Outlet& outlet, const mail::Ask& ask) {
  const mail::Mailbox& own = *Runtime::object().mailbox();
  return {own.doorbell(), own.control(), outlet.doorbell(), outlet.route(), ask};
}

}  // namespace

LoopWait::LoopWait(Remote& asked, const mail::Outlet& outlet, const mail::Ask& ask,
                   const char* method)
    : published_(publish(outlet, ask)) {
  if (!published_.may_close_a_cycle()) return;
  const auto cycle = Runtime::object().keeper().ask<CycleAnswer>(FindCycle{}).first.names;
  if (cycle.empty()) return;
  std::string names;
  for (const std::string& name : cycle) names += name + " -> ";
  throw Error("pactor: asking '" + asked.name() + "' for " + method +
              " here would wait for itself: " + names + cycle.front() +
              "; send one of these messages as a tell, or give one of the asks a deadline");
}

}  // namespace pactor::runtime
