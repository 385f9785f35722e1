// What happens when the kernel says no, and when an invariant of our own does not hold.
//
//     if (!fd) fail("cannot create the mailbox of '" + name + "'");   // throws pactor::Error
//     PACTOR_CHECK(index < kChannels);                                // ends this process
#pragma once

#include <pactor/error.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace pactor::os {

// Throws pactor::Error: "pactor: <what>: <text of errno>", with a remedy where the cause has one.
[[noreturn]] inline void fail(const std::string& what, int error = errno) {
  std::string text = "pactor: " + what + ": " + std::string(::strerrordesc_np(error));
  if (error == EMFILE || error == ENFILE) text += " (raise the limit with `ulimit -n`)";
  if (error == ETOOMANYREFS) {
    text +=
        " (more descriptors are on their way than `ulimit -n` allows: "
        "let their receivers catch up)";
  }
  if (error == ENOSPC) text += " (the machine, or this container, has no memory left for it)";
  if (error == ENOMEM) text += " (raise the memory limit, or have fewer actors)";
  if (error == EAGAIN) text += " (raise the process limit with `ulimit -u`, or pids.max)";
  throw Error(text);
}

[[noreturn]] inline void broken(const char* condition, const char* file, int line) {
  // With one process per actor a crash is cheap and contained; going on would not be.
  std::fprintf(stderr, "pactor: broken invariant %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace pactor::os

#define PACTOR_CHECK(condition) \
  ((condition) ? void() : ::pactor::os::broken(#condition, __FILE__, __LINE__))
