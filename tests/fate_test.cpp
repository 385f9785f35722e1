// What is left when a program, or a process of its family, ends in whatever way: nothing.

#include "processes.hpp"

#include <pactor/pactor.hpp>
#include <pactor/runtime/keeper_link.hpp>
#include <pactor/runtime/runtime.hpp>

#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

// As they are before the library has started, which is after static initialisers.
std::array<void (*)(int), 65> dispositions() {
  std::array<void (*)(int), 65> found{};
  for (int signal = 1; signal < 65; ++signal) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) == 0) {
      found[static_cast<std::size_t>(signal)] = action.sa_handler;
    }
  }
  return found;
}
const auto dispositions_at_start = dispositions();

std::size_t count_threads() {
  return static_cast<std::size_t>(std::distance(
      processes::fs::directory_iterator("/proc/self/task"), processes::fs::directory_iterator()));
}
const std::size_t threads_at_start = count_threads();

sigset_t blocked_signals() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return blocked;
}
const sigset_t blocked_at_start = blocked_signals();

}  // namespace

namespace app {

using processes::Gate;

class Forker;
PACTOR_ACTOR(Forker, fork_on, fail, damage_all_and_crash, group_and_session, become_another,
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
  void damage_all_and_crash() const {
    std::istringstream maps(processes::read_file("/proc/self/maps"));
    for (std::string line; std::getline(maps, line);) {
      if (!processes::contains(line, "memfd:pactor") || !processes::contains(line, " rw-s "))
        continue;
      const std::uintptr_t begin = std::stoull(line, nullptr, 16);
      const std::uintptr_t end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
      std::memset(reinterpret_cast<void*>(begin), 0xA5,
                  std::min<std::size_t>(end - begin, 1 << 20));
    }
    processes::die_by(SIGSEGV);
  }
  std::pair<int, int> group_and_session() const { return {::getpgrp(), ::getsid(0)}; }
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
          const pactor::runtime::KeeperLink link{pactor::os::Fd(fd)};
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

// tests/programs/family.cpp, running.
class Family {
 public:
  explicit Family(const std::string& verb) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    ::posix_spawn_file_actions_addclosefrom_np(&actions,
                                               3);  // what whoever runs the tests left open
    std::string path = PACTOR_BINARY_DIR "/tests/programs/family", argument = verb;
    std::array<char*, 3> arguments{path.data(), argument.data(), nullptr};
    if (::posix_spawn(&pid_, path.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
      ADD_FAILURE() << "cannot run " << path;
    }
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  ~Family() {
    for (const int fd : {in_, out_}) ::close(fd);
    if (pid_ <= 0) return;
    send_signal(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] pid_t keeper() const { return keeper_of(pid_); }
  [[nodiscard]] pid_t zygote() const { return child_named(keeper(), "pactor-zygote"); }

  void say_line() const {
    if (::write(in_, "\n", 1) != 1) ADD_FAILURE() << "the program does not listen";
  }
  void close_input() {
    ::close(in_);
    in_ = -1;
  }

  // Its next line; empty at the end of its output, or (a failed test) if it takes too long.
  std::string line() {
    for (;;) {
      if (const std::size_t end = text_.find('\n'); end != std::string::npos) {
        std::string first = text_.substr(0, end);
        text_.erase(0, end + 1);
        return first;
      }
      pollfd entry{.fd = out_, .events = POLLIN, .revents = 0};
      std::array<char, 4096> part{};
      if (::poll(&entry, 1, kBoundMs) != 1) {
        ADD_FAILURE() << "the program says nothing";
        return {};
      }
      const ssize_t length = ::read(out_, part.data(), part.size());
      if (length <= 0) return {};
      text_.append(part.data(), static_cast<std::size_t>(length));
    }
  }

  // Ready, by its verb "await": an ask is pending. All of the family but the program itself.
  std::vector<Watched> asking() {
    EXPECT_EQ(line(), "ready");
    std::vector<Watched> all;
    for (const auto& [pid, name] : descendants_of(pid_)) all.emplace_back(pid);
    EXPECT_EQ(all.size(), 4u) << "keeper, zygote, actor, and an actor of that one";
    return all;
  }

  // Ready, by any other verb. Everything of the family but the program itself, what actors forked included.
  std::vector<Watched> ready() {
    std::vector<Watched> all;
    for (int i = 0; i < 2; ++i) {
      const std::string forked = line();
      EXPECT_TRUE(forked.starts_with("forked ")) << forked;
      if (forked.starts_with("forked ")) all.emplace_back(std::stoi(forked.substr(7)));
    }
    say_line();
    EXPECT_EQ(line(), "ready");
    for (const auto& [pid, name] : descendants_of(pid_)) {
      names_.insert(name);
      all.emplace_back(pid);
    }
    EXPECT_TRUE(names_.contains("pactor-keeper") && names_.contains("pactor-zygote") &&
                names_.contains("first") && names_.contains("second") && names_.contains("child"));
    EXPECT_EQ(all.size(), 2u + 2u + 2u + 2u + 2u)
        << "keeper and zygote; actors; theirs; forked, twice";
    return all;
  }

  // As waitpid() tells; -1 (a failed test) if it does not end.
  int wait() {
    const Watched program(pid_);
    int status = -1;
    if (!program.ends()) {
      ADD_FAILURE() << "the program does not end";
      return -1;
    }
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status;
  }

 private:
  pid_t pid_ = 0;
  int in_ = -1;
  int out_ = -1;
  std::string text_;
  std::set<std::string> names_;
};

class Fate : public ProcessTest {
 protected:
  static void expect_all_gone(const std::vector<Watched>& all) {
    for (const Watched& each : all)
      EXPECT_TRUE(each.ends()) << each.pid() << " " << name_of(each.pid());
  }
};

// ---- The program ends ------------------------------------------------------------------------

TEST_F(Fate, EndOfMainAndExitDrainAndLeaveNothing) {
  for (const char* verb : {"return", "exit"}) {
    Family family(verb);
    const std::vector<Watched> all = family.ready();
    family.say_line();
    for (int i = 0; i < 100; ++i) ASSERT_EQ(family.line(), "drained " + std::to_string(i));
    EXPECT_EQ(family.line(), "");
    const int status = family.wait();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    for (const Watched& each : all) EXPECT_TRUE(each.has_ended()) << "later than the program";
  }
}

TEST_F(Fate, NoOrphanAfterAnUncaughtException) {
  Family family("throw");
  const std::vector<Watched> all = family.ready();
  family.say_line();
  const int status = family.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
  expect_all_gone(all);
}

TEST_F(Fate, NoOrphanAfterUnderscoreExit) {
  for (const char* verb : {"_exit", "thread"}) {
    Family family(verb);
    const std::vector<Watched> all = family.ready();
    family.say_line();
    EXPECT_EQ(family.wait(), 0);
    expect_all_gone(all);
  }
}

TEST_F(Fate, NoOrphanAfterKillMinusNine) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  send_signal(family.pid(), SIGKILL);
  const int status = family.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  expect_all_gone(all);
}

TEST_F(Fate, NoOrphanAfterExecThoughTheProcessLivesOn) {
  Family family("exec");
  const std::vector<Watched> all = family.ready();
  family.say_line();
  expect_all_gone(all);
  EXPECT_EQ(name_of(family.pid()), "cat");
  family.say_line();
  EXPECT_EQ(family.line(), "") << "cat echoes the line";
  family.close_input();
  EXPECT_EQ(family.wait(), 0);
}

TEST_F(Fate, StoppedProgramFreezesNobodyAndLeavesNothingWhenItIsKilled) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  send_signal(family.pid(), SIGSTOP);
  for (const Watched& each : all) EXPECT_FALSE(each.has_ended());
  send_signal(family.pid(), SIGKILL);
  family.wait();
  expect_all_gone(all);
}

TEST_F(Fate, FamilyHasNothingWithANameThatCouldBeLeft) {
  Family family("stay");
  static_cast<void>(family.ready());
  std::map<pid_t, std::string> processes = descendants_of(family.pid());
  processes.emplace(family.pid(), "the program");
  std::set<std::string> sockets;
  for (const auto& [pid, name] : processes) {
    const std::string directory = "/proc/" + std::to_string(pid);
    const std::string executable = fs::read_symlink(directory + "/exe").string();
    for (const auto& entry : fs::directory_iterator(directory + "/fd")) {
      const std::string what = fs::read_symlink(entry.path()).string();
      if (std::stoi(entry.path().filename().string()) <= 2) continue;
      EXPECT_TRUE(what.starts_with("/memfd:") || what.starts_with("socket:") ||
                  what.starts_with("anon_inode:"))
          << name << " has " << what;
      if (what.starts_with("socket:[")) sockets.insert(what.substr(8, what.size() - 9));
    }
    std::istringstream maps(read_file(directory + "/maps"));
    for (std::string line; std::getline(maps, line);) {
      if (line.ends_with(executable) || line.ends_with(" (deleted)")) continue;  // not a name
      EXPECT_FALSE(contains(line, " /dev/shm/") || contains(line, " /tmp/"))
          << name << ": " << line;
    }
  }
  EXPECT_FALSE(sockets.empty());
  std::istringstream all_sockets(read_file("/proc/net/unix"));
  std::string line;
  std::getline(all_sockets, line);  // the heading
  while (std::getline(all_sockets, line)) {
    std::istringstream fields(line);
    std::array<std::string, 8> field;
    for (std::string& each : field) fields >> each;
    if (!sockets.contains(field[6])) continue;
    EXPECT_EQ(field[7], "") << "a socket with a name";
  }
  for (const auto& entry : fs::directory_iterator("/dev/shm")) {
    EXPECT_FALSE(contains(entry.path().string(), "pactor")) << entry.path();
  }
}

// ---- The keeper or the zygote ends -----------------------------------------------------------

void expect_told(Family& family, const std::string& whose) {
  std::string line = family.line();
  EXPECT_TRUE(line.starts_with("ActorDied: ") && contains(line, "hang") && contains(line, whose))
      << line;
  line = family.line();
  EXPECT_TRUE(line.starts_with("joined: ") && contains(line, whose)) << line;
  EXPECT_EQ(family.line(), "alive: no");
  EXPECT_EQ(family.line(), "asked again: ActorDied");
  line = family.line();
  EXPECT_TRUE(line.starts_with("SpawnError: ")) << line;
  EXPECT_EQ(family.line(), "end of main");
  EXPECT_EQ(family.wait(), 0);
}

TEST_F(Fate, KilledKeeperFailsPendingAsksAndJoinsAndLeavesNoActor) {
  Family family("await");
  const std::vector<Watched> all = family.asking();
  send_signal(family.keeper(), SIGKILL);
  expect_told(family, "keeper");
  expect_all_gone(all);
}

TEST_F(Fate, KilledZygoteFailsPendingAsksAndJoinsAndLeavesNoActor) {
  Family family("await");
  const std::vector<Watched> all = family.asking();
  send_signal(family.zygote(), SIGKILL);
  expect_told(family, "zygote");
  expect_all_gone(all);
}

TEST_F(Fate, KilledKeeperTakesAllActorsAndWhatTheyForkedWithItThoughTheProgramDoesNotLook) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  // Of the two that an actor forked, one has a session of its own: nobody is left to find that one.
  int left_to_the_test = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    if (::getpgid(all[i].pid()) != all[i].pid()) continue;
    send_signal(all[i].pid(), SIGKILL);
    ++left_to_the_test;
  }
  EXPECT_EQ(left_to_the_test, 1);
  send_signal(family.keeper(), SIGKILL);
  expect_all_gone(all);
  EXPECT_FALSE(Watched(family.pid()).has_ended()) << "the program itself lives";
}

TEST_F(Fate, KilledZygoteTakesAllActorsAndWhatTheyForkedWithIt) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  const pid_t keeper = family.keeper();
  send_signal(family.zygote(), SIGKILL);
  for (const Watched& each : all) {
    EXPECT_TRUE(each.pid() == keeper || each.ends()) << each.pid();
  }
  EXPECT_FALSE(Watched(keeper).has_ended()) << "which goes on to look after the program";
}

// ---- An actor ends ---------------------------------------------------------------------------

TEST_F(Fate, WhatAnActorForkedEndsWithIt) {
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

TEST_F(Fate, ActorThatDamagesAllItSharesHarmsNobodyElse) {
  for (const std::uint32_t restarts : {0U, 2U}) {
    Actor<Forker> bystander;
    Actor<Forker> actor{pactor::Options{.restart = {.max = restarts}}};
    actor->damage_all_and_crash();
    EXPECT_TRUE(actor.join(std::chrono::milliseconds(kBoundMs)).has_value() ||
                (actor.kill(), actor.join().kind == Exit::Kind::killed));
    EXPECT_EQ(bystander.ask()->answer().get(), 42);
  }
}

TEST_F(Fate, AnswerThatCannotBeSentIsTheLossOfItsAskerAlone) {
  Actor<Forker> asker, bystander;
  asker->ask_for_the_impossible();
  EXPECT_EQ(asker.ask()->answer().get(), 42);
  EXPECT_EQ(bystander.ask()->answer().get(), 42);
  Actor<Forker> another;  // made by the keeper, which lives
  EXPECT_EQ(another.ask()->answer().get(), 42);
}

TEST_F(Fate, ActorThatDeclaresUnknownChannelsEmptyHarmsNobodyElse) {
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

TEST_F(Fate, LastWordsOfAnActorAreHeardHoweverMuchItSaidBefore) {
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

TEST_F(Fate, ActorThatReplacesItselfByAnotherProgramHasEnded) {
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

TEST_F(Fate, CreatedActorsEndWhenTheirCreatorReplacesItselfByAnotherProgram) {
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

TEST_F(Fate, ForkOfAnActorDoesNotHideThatTheActorReplacedItself) {
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

TEST_F(Fate, ConstructorThatReplacesItsProcessIsASpawnError) {
  const std::string text = text_of<pactor::SpawnError>([] { Actor<app::BecomesAnother> actor; });
  EXPECT_TRUE(contains(text, "another program")) << text;
}

TEST_F(Fate, ForkOfAnActorIsNoActorToTheKeeper) {
  Actor<Forker> actor, other;
  EXPECT_FALSE(actor.ask()->keeper_answers_a_fork(other.id()).get());
  EXPECT_EQ(actor.ask()->answer().get(), 42);
}

// ---- The library as a guest ------------------------------------------------------------------

TEST_F(Fate, ActorsAreNotInTheTerminalsProcessGroup) {
  Actor<Forker> actor;
  const auto [group, session] = actor.ask()->group_and_session().get();
  EXPECT_NE(group, ::getpgrp()) << "or Ctrl-C would end it";
  EXPECT_NE(session, ::getsid(0)) << "or a hang-up would";
  for (const auto& [pid, name] : descendants_of(::getpid()))
    EXPECT_NE(::getpgid(pid), ::getpgrp()) << name;
}

TEST_F(Fate, LibraryStartsNoThreadAndTakesNoSignalHandler) {
  Actor<Forker> actor;
  EXPECT_EQ(actor.ask()->answer().get(), 42);
  actor.kill();
  actor.join();
  EXPECT_EQ(count_threads(), threads_at_start);
  const auto now = dispositions();
  const sigset_t blocked = blocked_signals();
  for (int signal = 1; signal < 65; ++signal) {
    EXPECT_EQ(now[static_cast<std::size_t>(signal)],
              dispositions_at_start[static_cast<std::size_t>(signal)])
        << signal;
    EXPECT_EQ(::sigismember(&blocked, signal), ::sigismember(&blocked_at_start, signal)) << signal;
  }
}

TEST_F(Fate, ProgramsOwnWaitFindsNoChildAndNoSignalComes) {
  sigset_t child, before;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::pthread_sigmask(SIG_BLOCK, &child, &before);
  Actor<Forker> alive, dead, closed;
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  dead.kill();
  dead.join();
  closed.close();
  closed.join();
  EXPECT_EQ(::waitpid(-1, nullptr, 0), -1);
  EXPECT_EQ(errno, ECHILD);
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGCHLD), 0);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(alive.ask()->answer().get(), 42);
}

TEST_F(Fate, ProgramStartedWithEndsOfChildrenIgnoredWorks) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGCHLD, SIG_IGN);  // exec keeps that; a shell may not
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::execl(PACTOR_BINARY_DIR "/tests/programs/family", "family", "exit", nullptr);
    ::_exit(127);
  }
  EXPECT_TRUE(Watched(child).ends());
  send_signal(child, SIGKILL);
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Fate, ProgramStartedWithClosedStreamsWorks) {
  for (const char* closed : {"<&- >/dev/null", "</dev/null >&-", "<&- >&- 2>&-"}) {
    const std::string command =
        std::string("'" PACTOR_BINARY_DIR "/tests/programs/family' exit ") + closed;
    const int status = std::system(command.c_str());
    EXPECT_EQ(status, 0) << closed;
  }
}

}  // namespace
