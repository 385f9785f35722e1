// Making, watching and ending processes.
//
//     pid_t pid = clone_process(Parent::mine);      // 0 in the new process, as fork() does
//     Fd ended = open_pidfd(pid);                   // readable once it has ended
//
// clone_process copies the calling process only if that is single-threaded; it runs no fork
// handlers. It uses clone(2): container filters and valgrind refuse clone3.
#pragma once

#include <pactor/os/clock.hpp>
#include <pactor/os/fd.hpp>

#include <sys/types.h>
#include <optional>
#include <string>

namespace pactor::os {

enum class Parent {
  me,       // a child that sends me no SIGCHLD, and that a plain wait() does not see
  me_told,  // an ordinary child: its end sends me SIGCHLD
  mine,     // a sibling, with my own parent (CLONE_PARENT), who is told of its end as he is of mine
};

// While a debugger is attached, which needs ordinary children to follow, `me` means `me_told`. Returns
// -1 and errno on failure.
[[nodiscard]] pid_t clone_process(Parent parent);

// SIGCHLD, blocked in this process, as a descriptor that becomes readable. Throws pactor::Error.
[[nodiscard]] Fd open_child_signals();
// Forgets the signals that have come: several ends may have sent but one.
void clear_child_signals(const Fd& signals);

// A descriptor that becomes readable when `pid` has ended; empty where the kernel (or valgrind) has
// none. The caller knows that `pid` has not been reaped.
[[nodiscard]] Fd open_pidfd(pid_t pid);

struct WaitStatus {
  bool signalled = false;
  int code = 0;  // the signal, or the exit status
};

// Reaps the child `pid`; nothing if it still runs and `block` is false, or if it is no child.
[[nodiscard]] std::optional<WaitStatus> reap(pid_t pid, bool block);

// Whether the child `pid` has ended and waits to be reaped.
[[nodiscard]] bool has_ended(pid_t pid);
// Waits for that; false: the deadline passed, or this kernel (or valgrind) cannot wait for it.
[[nodiscard]] bool wait_ended(pid_t pid, Deadline deadline);
// A child that has ended and waits to be reaped; 0: there is none. Takes time by the number of children.
[[nodiscard]] pid_t any_ended_child();

// Whether `pid`, a process made by clone_process, has replaced itself by another program (exec) and runs.
[[nodiscard]] bool has_replaced_itself(pid_t pid);

// Ends this process with the signal `signal` when the thread that made it ends; false if that parent
// (`expected`) is gone already.
[[nodiscard]] bool die_with_parent(pid_t expected);

// Closes every descriptor from `first` on.
void close_from(int first);

// The children of this process, by /proc; empty where the kernel does not list them.
[[nodiscard]] std::string list_children();
// Sends SIGKILL to the first of them, as many as fit a page of text. Asks for no memory.
void kill_children() noexcept;

// Facts of the calling process that only /proc tells.
struct ProcessStatus {
  int threads = 1;
  bool traced = false;
};
[[nodiscard]] ProcessStatus read_process_status();

}  // namespace pactor::os
