// What an actor takes with it when it ends, in whatever way, and whom it cannot harm by it.

#include "processes.hpp"

#include <pactor/mail/layout.hpp>
#include <pactor/pactor.hpp>
#include <pactor/runtime/keeper_link.hpp>
#include <pactor/runtime/runtime.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace app {

using processes::Gate;

class Forker;
PACTOR_ACTOR(Forker, fork_on, fail, damage_all_and_crash, damage_doorbell_and_crash, become_another,
             fork_and_become_another, keeper_answers_a_fork, ask_for_the_impossible, drain_unknown,
             have_a_child, pid_of_child, tell_answer, answer);
class Forker {
 public:
  // A child that never ends, and one of its own. Their process ids.
  std::pair<int, int> fork_on() const {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    const int child = ::fork();
    if (child == 0) {
      const int grandchild = ::fork();
      if (grandchild == 0) {
        ::setsid();
        for (;;) ::pause();
      }
      if (::write(ends[1], &grandchild, sizeof grandchild) != sizeof grandchild) std::abort();
      for (;;) ::pause();
    }
    int grandchild = 0;
    if (::read(ends[0], &grandchild, sizeof grandchild) != sizeof grandchild) std::abort();
    return {child, grandchild};
  }
  void fail() const { throw std::runtime_error("on purpose"); }
  // Writes over all the memory that it shares with others, and dies of it.
  void damage_all_and_crash(const Gate& gate) const {
    std::istringstream maps(processes::read_file("/proc/self/maps"));
    for (std::string line; std::getline(maps, line);) {
      if (!processes::contains(line, "memfd:pactor") || !processes::contains(line, " rw-s "))
        continue;
      const std::uintptr_t begin = std::stoull(line, nullptr, 16);
      const std::uintptr_t end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
      std::memset(reinterpret_cast<void*>(begin), 0xA5,
                  std::min<std::size_t>(end - begin, 1 << 20));
    }
    gate.arrive();
    gate.pass();
    processes::die_by(SIGSEGV);
  }
  // Writes over the doorbell of another actor that sleeps: it is awake, it says; and later that nobody has rung.
  // And dies.
  void damage_doorbell_and_crash(const pactor::Proxy<Forker>& victim, const Gate& gate) const {
    victim.ask()->answer().get();
    pactor::mail::Doorbell* doorbell = nullptr;
    std::istringstream maps(processes::read_file("/proc/self/maps"));
    for (std::string line; std::getline(maps, line);) {
      const std::uintptr_t begin = std::stoull(line, nullptr, 16);
      const std::uintptr_t end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
      if (processes::contains(line, "memfd:pactor-actor") && processes::contains(line, " rw-s ") &&
          end - begin == sizeof *doorbell) {
        doorbell = reinterpret_cast<pactor::mail::Doorbell*>(begin);
      }
    }
    while (doorbell->asleep.load() == 0) std::this_thread::yield();
    doorbell->asleep.store(0);
    gate.arrive();
    gate.pass();
    for (auto& word : doorbell->bits) word.store(0);
    for (auto& word : doorbell->summary) word.store(0);
    processes::die_by(SIGSEGV);
  }
  // Becomes `sleep`, which knows nothing of actors.
  void become_another() const { ::execl("/bin/sleep", "sleep", "1000", nullptr); }
  // The same after it has forked, past the C library: no handler of its own runs in the new process.
  void fork_and_become_another() const {
    if (::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr) == 0) {
      for (;;) ::pause();
    }
    become_another();
  }
  // Whether the keeper answers a process that this one forks, past the C library, over any socket that
  // it inherits.
  bool keeper_answers_a_fork(std::uint64_t actor) const {
    const long child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
    if (child == 0) {
      for (int fd = 3; fd < 20; ++fd) {
        struct stat status{};
        if (::fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode)) continue;
        try {
          const pactor::runtime::KeeperLink link{pactor::os::Fd(fd), pactor::mail::Lifeline()};
          static_cast<void>(link.ask<pactor::runtime::OpenAnswer>(pactor::runtime::Open{actor}));
          ::_exit(1);
        } catch (const pactor::Error&) {
          // no answer
        }
      }
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(static_cast<pid_t>(child), &status, 0);
    return WEXITSTATUS(status) != 0;
  }
  // Asks the keeper for an answer on what is no socket.
  void ask_for_the_impossible() const {
    const pactor::os::Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    const std::array fds{null.get()};
    pactor::runtime::Runtime::here().keeper().tell(pactor::runtime::Open{.target = 0}, fds);
  }
  // Says that it has emptied channels of which it has not even heard.
  void drain_unknown(const Gate& gate) const {
    gate.arrive();
    gate.pass();
    for (std::uint32_t channel = 0; channel < 16; ++channel) {
      pactor::runtime::Runtime::here().keeper().tell(pactor::runtime::Drained{channel});
    }
  }
  void have_a_child() { child_ = std::make_unique<pactor::Actor<Forker>>(); }
  int pid_of_child() const { return child_->pid(); }
  void tell_answer(const pactor::Proxy<Forker>& other) const { other->answer(); }
  int answer() const { return 42; }

 private:
  std::unique_ptr<pactor::Actor<Forker>> child_;
};

// Has much to say to the keeper just before it ends.
class Babbler {
 public:
  void babble_and_fail() noexcept {
    for (int i = 0; i < 200; ++i) child_.kill();
    fail();  // past the destructor
  }
  pid_t child() const { return child_.pid(); }

 private:
  static void fail() { throw std::runtime_error("the last word"); }

  pactor::Actor<Forker> child_;
};
PACTOR_ACTOR(Babbler, babble_and_fail, child);

class BecomesAnother {
 public:
  BecomesAnother() { ::execl("/bin/sleep", "sleep", "1000", nullptr); }
  int nothing() const { return 0; }
};
PACTOR_ACTOR(BecomesAnother, nothing);

}  // namespace app

namespace {

using namespace processes;
using app::Forker;
using pactor::Actor;
using pactor::Exit;

class ActorFate : public ProcessTest {};

TEST_F(ActorFate, WhatAnActorForkedEndsWithIt) {
  for (const auto& end : std::vector<void (*)(Actor<Forker>&)>{
           [](Actor<Forker>& actor) { actor.close(); }, [](Actor<Forker>& actor) { actor.kill(); },
           [](Actor<Forker>& actor) { send_signal(actor.pid(), SIGKILL); },
           [](Actor<Forker>& actor) { actor->fail(); }}) {
    Actor<Forker> actor, bystander;
    const auto [child, grandchild] = actor.ask()->fork_on().get();
    const Watched first(child), second(grandchild);
    EXPECT_FALSE(first.has_ended() || second.has_ended());
    end(actor);
    actor.join();
    EXPECT_TRUE(first.ends());
    EXPECT_TRUE(second.ends());
    EXPECT_EQ(bystander.ask()->answer().get(), 42);
  }
}

TEST_F(ActorFate, ActorThatDamagesAllItSharesHarmsNobodyElse) {
  for (const std::uint32_t restarts : {0U, 2U}) {
    Actor<Forker> bystander;
    Actor<Forker> actor{pactor::Options{.restart = {.max = restarts}}};
    const Watched process(actor.pid());
    Door door;
    actor->damage_all_and_crash(door.gate());
    door.wait_for_arrival();
    EXPECT_FALSE(actor.join(std::chrono::milliseconds(0)).has_value());
    door.open();
    const Exit exit = actor.join();
    EXPECT_TRUE(process.has_ended());
    EXPECT_EQ(exit.kind, Exit::Kind::signalled);
    EXPECT_EQ(exit.code, SIGSEGV);
    EXPECT_EQ(bystander.ask()->answer().get(), 42);
  }
}

TEST_F(ActorFate, DoorbellThatAnActorHasDamagedIsMendedWhenItCrashes) {
  Actor<Forker> victim, faulty;
  EXPECT_EQ(victim.ask()->answer().get(), 42);
  Door door;
  faulty->damage_doorbell_and_crash(victim.proxy(), door.gate());
  door.wait_for_arrival();
  pactor::Reply<int> reply = victim.ask()->answer();  // rings in vain
  door.open();
  EXPECT_EQ(faulty.join().kind, Exit::Kind::signalled);
  EXPECT_EQ(reply.get(std::chrono::seconds(20)), 42);
}

TEST_F(ActorFate, AnswerThatCannotBeSentIsTheLossOfItsAskerAlone) {
  Actor<Forker> asker, bystander;
  asker->ask_for_the_impossible();
  EXPECT_EQ(asker.ask()->answer().get(), 42);
  EXPECT_EQ(bystander.ask()->answer().get(), 42);
  Actor<Forker> another;  // made by the keeper, which lives
  EXPECT_EQ(another.ask()->answer().get(), 42);
}

TEST_F(ActorFate, ActorThatDeclaresUnknownChannelsEmptyHarmsNobodyElse) {
  Actor<Forker> liar, bystander;
  Door door;
  liar->drain_unknown(door.gate());
  door.wait_for_arrival();
  {
    Actor<Forker> sender;
    EXPECT_NO_THROW(sender->tell_answer(liar.proxy()));
    sender.close();
    EXPECT_TRUE(sender.join().orderly());
  }
  door.open();
  EXPECT_EQ(liar.ask()->answer().get(), 42);
  EXPECT_EQ(bystander.ask()->answer().get(), 42);
}

TEST_F(ActorFate, LastWordsOfAnActorAreHeardHoweverMuchItSaidBefore) {
  Actor<app::Babbler> actor;
  const Watched process(actor.pid());
  const Watched child(actor.ask()->child().get());
  const pid_t keeper = keeper_of(::getpid());
  send_signal(keeper, SIGSTOP);  // so that it finds all at once
  actor->babble_and_fail();
  EXPECT_TRUE(process.ends());
  send_signal(keeper, SIGCONT);
  const Exit exit = actor.join();
  EXPECT_EQ(exit.kind, Exit::Kind::failed) << exit.explain();
  EXPECT_EQ(exit.text, "the last word");
  EXPECT_TRUE(child.ends());
  Actor<Forker> another;  // by whose birth the keeper has seen that end too
}

TEST_F(ActorFate, ActorThatReplacesItselfByAnotherProgramHasEnded) {
  Actor<Forker> actor;
  pactor::Reply<int> behind = [&] {
    actor->become_another();
    return actor.ask()->answer();
  }();
  EXPECT_THROW(behind.get(), pactor::ActorDied);
  const Exit exit = actor.join();
  EXPECT_EQ(exit.kind, Exit::Kind::exited);
  EXPECT_TRUE(contains(exit.explain(), "another program")) << exit.explain();
  const Watched other(actor.pid());
  actor.kill();  // it still is the actor's process
  EXPECT_TRUE(other.ends());
  EXPECT_EQ(actor.join(), exit);
  Actor<Forker> another;  // by whose birth the keeper has seen that end too
}

TEST_F(ActorFate, CreatedActorsEndWhenTheirCreatorReplacesItselfByAnotherProgram) {
  Actor<Forker> actor;
  actor->have_a_child();
  const Watched child(actor.ask()->pid_of_child().get());
  actor->become_another();
  EXPECT_TRUE(child.ends());
  const Watched other(actor.pid());
  EXPECT_FALSE(other.has_ended()) << "the other program goes on";
  actor.kill();
  EXPECT_TRUE(other.ends());
  Actor<Forker> another;  // by whose birth the keeper has seen that end too
}

TEST_F(ActorFate, ForkOfAnActorDoesNotHideThatTheActorReplacedItself) {
  Actor<Forker> actor;
  actor->fork_and_become_another();
  EXPECT_TRUE(contains(actor.join().explain(), "another program"));
  ASSERT_EQ(children_of(actor.pid()).size(), 1u);
  const Watched other(actor.pid()), forked(children_of(actor.pid()).front());
  actor.kill();
  EXPECT_TRUE(other.ends());
  EXPECT_TRUE(forked.ends());
  Actor<Forker> another;  // by whose birth the keeper has dealt with both
}

TEST_F(ActorFate, ConstructorThatReplacesItsProcessIsASpawnError) {
  const std::string text = text_of<pactor::SpawnError>([] { Actor<app::BecomesAnother> actor; });
  EXPECT_TRUE(contains(text, "another program")) << text;
}

TEST_F(ActorFate, ForkOfAnActorIsNoActorToTheKeeper) {
  Actor<Forker> actor, other;
  EXPECT_FALSE(actor.ask()->keeper_answers_a_fork(other.id()).get());
  EXPECT_EQ(actor.ask()->answer().get(), 42);
}

}  // namespace
