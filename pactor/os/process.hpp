// Making, watching and ending processes.
//
//     pid_t pid = clone_process(Parent::mine);      // 0 in the new process, as fork() does
//     Fd ended = open_pidfd(pid);                   // readable once it has ended
//
// clone_process copies the calling process only if that is single-threaded; it runs no fork
// handlers. It uses clone(2): container filters and valgrind refuse clone3.
#pragma once

#include <pactor/os/fd.hpp>

#include <sys/types.h>
#include <optional>
#include <string>

namespace pactor::os {

enum class Parent {
  me,    // an ordinary child
  mine,  // a sibling: my own parent becomes its parent too (CLONE_PARENT)
};

// The new process sends its parent no SIGCHLD and stays invisible to a plain wait(), unless a
// debugger is attached, which needs an ordinary child to follow. Returns -1 and errno on failure.
[[nodiscard]] pid_t clone_process(Parent parent);

// A descriptor that becomes readable when `pid` has ended; empty where the kernel (or valgrind) has
// none. The caller knows that `pid` has not been reaped.
[[nodiscard]] Fd open_pidfd(pid_t pid);

struct WaitStatus {
  bool signalled = false;
  int code = 0;  // the signal, or the exit status
};

// Reaps the child `pid`; nothing if it still runs and `block` is false, or if it is no child.
[[nodiscard]] std::optional<WaitStatus> reap(pid_t pid, bool block);

// Whether `pid` is on its way out, or out: the kernel closes its files a moment before it tells.
[[nodiscard]] bool is_exiting(pid_t pid);

// Ends this process with the signal `signal` when the thread that made it ends; false if that parent
// (`expected`) is gone already.
[[nodiscard]] bool die_with_parent(pid_t expected);

// Closes every descriptor from `first` on.
void close_from(int first);

// The children of this process, by /proc; empty where the kernel does not list them.
[[nodiscard]] std::string list_children();

// Facts of the calling process that only /proc tells.
struct ProcessStatus {
  int threads = 1;
  bool traced = false;
};
[[nodiscard]] ProcessStatus read_process_status();

}  // namespace pactor::os
