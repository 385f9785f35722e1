// Calls that fail on purpose: the n-th call of one kind, in one of the processes of a family, says that the
// machine is exhausted. Either that call alone, or that and all that follow.
//
//     PACTOR_FAULT="keeper mmap 12 3 once" subject     // the keeper's third mmap: ENOMEM
//
//     PACTOR_PAGES=20 subject                          // all shared memory of the family: 80 KiB
//
// faults.cpp takes the place of the C library's functions in the program it is linked into, and so, statically
// linked, in pactor. The plan and the counts lie in a page that all processes of the family share, and are
// there before the keeper is. Operator new is one of the kinds; its failure is std::bad_alloc.
#pragma once

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <span>
#include <string_view>

namespace faults {

enum class Role : std::uint8_t { program, keeper, zygote, actor, victim };
inline constexpr std::array<std::string_view, 5> kRoles{"program", "keeper", "zygote", "actor",
                                                        "victim"};

// A function, and what the kernel may answer it when something has run out, or a signal has come.
struct Kind {
  std::string_view name;
  std::array<int, 3> errors;  // 0: no more
};
inline constexpr std::array kKinds{
    Kind{"new", {ENOMEM}},
    Kind{"memfd_create", {ENOMEM, EMFILE, ENFILE}},
    Kind{"ftruncate", {ENOMEM}},
    Kind{"seal", {ENOMEM}},
    Kind{"dupfd", {EMFILE}},
    Kind{"mmap", {ENOMEM}},
    Kind{"madvise", {ENOMEM, EAGAIN}},
    Kind{"fallocate", {ENOSPC, ENOMEM, EINTR}},
    Kind{"socketpair", {EMFILE, ENFILE, ENOMEM}},
    Kind{"setsockopt", {ENOMEM}},
    Kind{"sendmsg", {ENOMEM, ETOOMANYREFS, EINTR}},
    Kind{"recvmsg", {ENOMEM, EINTR}},
    Kind{"rights",
         {EMFILE}},  // recvmsg succeeds, and there is no room for the descriptors that came
    Kind{"poll", {ENOMEM, EINTR}},
    Kind{"epoll_create1", {EMFILE, ENOMEM}},
    Kind{"epoll_ctl", {ENOMEM, ENOSPC}},
    Kind{"epoll_wait", {EINTR}},
    Kind{"signalfd", {EMFILE, ENOMEM}},
    Kind{"inotify_init1", {EMFILE, ENOMEM}},
    Kind{"inotify_add_watch", {ENOSPC, ENOMEM}},
    Kind{"open", {EMFILE, ENFILE, ENOMEM}},
    Kind{"read", {ENOMEM, EINTR}},
    Kind{"pread", {ENOMEM}},
    Kind{"pwrite", {ENOSPC, ENOMEM, EINTR}},
    Kind{"fstat", {ENOMEM}},
    Kind{"stat", {ENOMEM}},
    Kind{"dup2", {EINTR}},
    Kind{"fchdir", {ENOMEM}},
    Kind{"waitid", {EINTR}},
    Kind{"clone", {EAGAIN, ENOMEM}},
    Kind{"pidfd_open", {EMFILE, ENOMEM}},
    Kind{"close_range", {ENOMEM}},
    Kind{"futex_wait", {EINTR}},
    Kind{"futex_waitv", {ENOMEM, EINTR}},
    Kind{"sched", {ENOMEM}},
};

// What is to fail. The n-th call: counted from 1, over all processes of that role.
struct Plan {
  Role role = Role::program;
  std::uint8_t kind = 0;
  int error = 0;
  std::uint32_t first = 0;  // 0: none
  bool for_good = false;
};

struct Page {
  Plan plan;
  bool few_pages = false;       // PACTOR_PAGES is set: not even Plan::kind tells what is short
  std::atomic<bool> reached;    // a call has failed
  std::atomic<bool> bus_error;  // a process has touched memory that was not there
  std::array<std::array<std::atomic<std::uint32_t>, kKinds.size()>, kRoles.size()> counts;
  // What the subject's actors have done, whatever has become of them since.
  std::atomic<std::uint32_t> done;
  std::array<std::atomic<std::uint32_t>, 1000> what;
};

// If the memory of the family cannot be limited here, for who may not mount a file system.
inline constexpr int kCannotLimit = 77;

// The page of this family.
[[nodiscard]] Page& page();

// Makes this process one by itself: of the kill tests.
void become_victim() noexcept;

// While one lives, this thread's calls are neither counted nor fail: they are the test's own.
class Spared {
 public:
  Spared() noexcept;
  Spared(const Spared&) = delete;
  Spared& operator=(const Spared&) = delete;
  ~Spared();
};

}  // namespace faults
