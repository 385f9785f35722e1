// A victim that is not an actor: a process that has one end of a channel or both, in memory that its judge has
// made and can look at when it is dead.
//
//     in_a_pool([] { send_all(); }, [] { keeper_deals_with(kFirstChannel); });
#pragma once

#include "cast.hpp"
#include "fixture.hpp"
#include "fuzz/target.hpp"
#include "tests/mail_pair.hpp"

#include <pactor/mail/fate.hpp>
#include <pactor/mail/succession.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <cstddef>
#include <string>

namespace killing {

// Shared memory that the judge has made in advance, so that what a victim leaves does not end with it. While
// `in_use`, this process takes from here what it would make.
struct Pool {
  std::array<int, 16> memories;
  std::size_t next = 0;
  bool in_use = false;

  Pool() {
    for (int& memory : memories) {
      memory = static_cast<int>(
          ::syscall(SYS_memfd_create, "kill-pool", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    }
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (const int memory : memories) ::close(memory);
  }
  [[nodiscard]] pactor::os::Fd operator[](std::size_t index) const {
    return pactor::os::duplicate(memories.at(index));
  }
};

inline Pool* pool = nullptr;

// What has been made first, in the order in which the targets make it.
inline constexpr std::size_t kMailbox = 0, kFirstChannel = 1, kSecondChannel = 2;

// In a process of its own, which ends well, or as a victim does.
template <class Part>
void in_a_process(const char* who, Part part) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    pactor::fuzz::begin_input();
    part();
    ::_exit(0);
  }
  const processes::Watched process(pid);
  if (!process.ends()) {
    board().complain((std::string(who) + " hangs").c_str());
    processes::send_signal(pid, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  const bool killed = board().struck != 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (status != 0 && !killed) board().complain((std::string(who) + " does not end well").c_str());
}

// Has a victim do `part`, in a pool of its own, and then whoever comes after it do `next`.
template <class Part, class Next>
void in_a_pool(Part part, Next next) {
  Pool made;
  pool = &made;
  in_a_process("the victim", [&] {
    made.in_use = true;
    become_victim();
    part();
  });
  in_a_process("who comes after it", next);
  pool = nullptr;
}

// As long as it had not made all that there is, there was no actor.
inline bool is_whole(std::size_t memory) {
  struct stat status{};
  return ::fstat(pool->memories.at(memory), &status) == 0 && status.st_size != 0;
}

// What the keeper does with the channel of one that has ended, before it is begun anew. What a channel says of
// itself may be damaged.
inline void keeper_looks_at(std::size_t channel) {
  in_spite_of_errors([&] {
    pactor::mail::end_begun_ask((*pool)[channel]);
    static_cast<void>(pactor::mail::count_unprocessed((*pool)[channel]));
  });
}
// And if it is not.
inline void keeper_deals_with(std::size_t channel) {
  if (!is_whole(channel)) return;
  keeper_looks_at(channel);
  in_spite_of_errors([&] { pactor::mail::announce_end((*pool)[channel], {}, 1); });
}

}  // namespace killing
