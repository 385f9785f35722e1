// An actor's loop thread is about to sleep for an answer, with no deadline.
//
//     const LoopWait wait(remote, outlet, ask, "total");   // throws if that would be for ever
//     asks.sleep(ask, os::kNever);
//
// While this lives, others who are about to sleep can see that they would wait for this actor. It costs a
// question to the keeper only where somebody waits for this actor and the asked one waits as well.
#pragma once

#include <pactor/mail/outlet.hpp>
#include <pactor/mail/published_wait.hpp>

namespace pactor::runtime {

class Remote;

class LoopWait {
 public:
  // Throws Error, which prints the cycle, if the answer depends on one that this thread owes.
  LoopWait(Remote& asked, const mail::Outlet& outlet, const mail::Ask& ask, const char* method);

 private:
  mail::PublishedWait published_;
};

}  // namespace pactor::runtime
