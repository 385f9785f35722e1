// kill -9 at every instruction of the transport. A victim, sender or receiver, runs through all that the
// transport does, and is killed at the first instruction that none has been killed at before; then the same
// again, until a run comes to no such instruction. After each death the board is compared with what is
// promised: what was accepted has arrived once, in order and whole, but for the one message that was in
// progress when a receiver died; every ask has ended; and nobody else was held up.
//
// kill/damage.cpp and kill/scarcity.cpp do the same where the other side writes what it likes, and where the
// victim's calls fail.
#include "kill/fixture.hpp"
#include "kill/scenes.hpp"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cstdarg>
#include <cstddef>

// Two functions of libc's, which the library linked into this program calls at these moments.

// An actor's process begins, and has not looked at its mailbox yet.
extern "C" int prctl(int option, ...) {
  std::va_list list;
  va_start(list, option);
  const unsigned long a = va_arg(list, unsigned long), b = va_arg(list, unsigned long),
                      c = va_arg(list, unsigned long), d = va_arg(list, unsigned long);
  va_end(list);
  if (option == PR_SET_CHILD_SUBREAPER && killing::board().newborn_is_victim.exchange(false)) {
    killing::become_victim();
  }
  return static_cast<int>(::syscall(SYS_prctl, option, a, b, c, d));
}

// A keeper begins, and has made its zygote already.
extern "C" int setrlimit(__rlimit_resource_t which, const rlimit* limit) noexcept {
  if (killing::board().keeper_is_victim.exchange(false)) killing::become_victim();
  return static_cast<int>(::syscall(SYS_setrlimit, which, limit));
}

namespace {

using namespace killing;
using pactor::Actor;
using pactor::Options;

TEST_F(Kill, OfASenderAtAnyInstructionLosesNothingThatWasAccepted) {
  using pactor::WhenFull;
  const auto say = [](const Actor<Receiver>& receiver) {
    return [&](Actor<Sender>& sender) { sender->say(receiver.proxy()); };
  };
  const auto fill = [](const Actor<Receiver>& receiver) {
    return [&](Actor<Sender>& sender) { sender->fill(receiver.proxy()); };
  };
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  kill_at_each("sender, the receiver sleeps",
               [&] { sender_dies(receiver, Others::asleep, say(receiver)); });
  kill_at_each("sender, the receiver is busy",
               [&] { sender_dies(receiver, Others::hot, say(receiver)); });
  kill_at_each("sender, the receiver stands still",
               [&] { sender_dies(receiver, Others::blocked, fill(receiver)); });
  Actor<Receiver> roomy{Options{.name = "receiver"}};
  kill_at_each("sender, its ring grows long", [&] {
    sender_dies(
        roomy, Others::blocked, [&](Actor<Sender>& sender) { sender->stream(roomy.proxy()); },
        kStreamed);
  });
  kill_at_each("sender, of an actor of its own", [&] {
    sender_dies(receiver, Others::asleep, [](Actor<Sender>& sender) { sender->own(); });
  });
  for (const WhenFull& when_full :
       {WhenFull::wait(std::chrono::milliseconds(1)), WhenFull::refuse, WhenFull::drop_newest}) {
    Actor<Receiver> full_one{mailbox_of_64_kib(when_full)};
    kill_at_each("sender, the mailbox overflows",
                 [&] { sender_dies(full_one, Others::blocked, fill(full_one)); });
  }
}

TEST_F(Kill, OfAReceiverAtAnyInstructionLosesNothingButTheMessageInProgress) {
  kill_at_each("receiver, its senders wait for answers", [] { receiver_dies(Others::asleep); });
  kill_at_each("receiver, a sender never stops", [] { receiver_dies(Others::hot); });
  kill_at_each("receiver, a sender waits for room", [] { receiver_dies(Others::blocked); });
}

TEST_F(Kill, OfAReceiverOfManyAtAnyInstructionEndsWell) {
  kill_at_each("receiver, its senders come and go", [] { crowded_receiver_dies(); });
}

TEST_F(Kill, OfASuccessorAtAnyInstructionLosesNothingButTheMessageInProgress) {
  kill_at_each("successor of a receiver", [] { successor_dies(); });
}

// What it had committed comes before whatever somebody sends who has heard of its end.
TEST_F(Kill, OfASenderBetweenCommitAndBellKeepsTheOrder) {
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  kill_at_each(
      "sender, about to ring",
      [&] {
        sender_dies(receiver, Others::asleep,
                    [&](Actor<Sender>& sender) { sender->say(receiver.proxy()); });
      },
      [](std::size_t i) {
        return code()[i].function.starts_with("pactor::mail::Outlet::ring_if_armed");
      });
}

// ---- The keeper is killed --------------------------------------------------------------------------

// So that the judge sees to its end.
void note(const Actor<Receiver>& actor) {
  std::size_t born = 0;
  while (board().family.at(born) != 0) ++born;
  board().family.at(born) = actor.pid();
}

// Has the keeper do all that it does with channels: open them, see to restarts, tell ends, find cycles. It
// may be gone at any time: then every call says so, or does nothing.
void have_the_keeper_work() {
  in_spite_of_errors([&] {
    Actor<Receiver> receiver{mailbox_of_64_kib()}, other{mailbox_of_64_kib()};
    note(receiver);
    note(other);
    Talk talk(receiver.proxy(), kOwnLane);
    talk.tell(8);
    receiver.ask()->ask_for_nothing(other.proxy()).get();  // a channel between two
    receiver->end_by(SIGKILL);                             // a restart, with asks behind it
    talk.asks(3, 8);
    other->ask_round(receiver.proxy());  // a cycle
    talk.ask(8, 8);
    receiver.close();
    receiver.join();
    Talk(other.proxy(), kOwnLane).ask(8, 8);
    other.kill();
    other.join();
  });
}

// Talks to its actor, and goes on when the keeper is killed while it waits for an answer, or for the end.
void lose_the_keeper() {
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  note(receiver);
  const pid_t keeper = processes::keeper_of(::getpid());
  become_victim();
  Talk talk(receiver.proxy(), kOwnLane);
  talk.ask(8, 8);
  hold(receiver);
  std::thread killer([keeper, program = ::getpid()] {
    while (board().holding == 0 || !processes::asleep(program)) std::this_thread::yield();
    processes::send_signal(keeper, SIGKILL);
  });
  in_spite_of_errors([&] { receiver.ask()->nothing().get(); });
  killer.join();
  in_spite_of_errors([&] { talk.ask(8, 8); });
  in_spite_of_errors([&] { talk.tell(100'000); });
  in_spite_of_errors([&] { receiver.join(); });
}

// In a program with actors of its own. It ends well, or is the victim; and its actors end with it.
void in_a_program(void (*part)()) {
  const pid_t program = ::fork();
  if (program == 0) {
    part();
    ::_exit(0);
  }
  const processes::Watched process(program);
  if (!process.ends()) {
    board().complain("a program hangs whose keeper was killed");
    processes::send_signal(program, SIGKILL);
  }
  int status = 0;
  ::waitpid(program, &status, 0);
  const bool killed = board().struck != 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  if (status != 0 && !killed) board().complain("a program did not survive the end of its keeper");
  for (const auto& pid : board().family) {
    if (pid != 0 && !processes::Watched(pid).ends())
      board().complain("an actor outlived its keeper");
  }
}

TEST_F(Kill, OfAKeeperAtAnyInstructionEndsItsActorsAndHangsNobody) {
  kill_at_each("keeper", [] {
    board().keeper_is_victim = true;
    in_a_program(have_the_keeper_work);
  });
}

TEST_F(Kill, OfAProgramThatHasLostItsKeeperEndsItsActors) {
  kill_at_each("program, its keeper is killed", [] { in_a_program(lose_the_keeper); });
}

}  // namespace
