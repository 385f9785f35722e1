// What survives the crash of an actor that may be begun anew (Options::restart), and what does not.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <sys/mman.h>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace app {

using processes::Gate;

// Memory that outlives each life of an actor: the test creates it, actors open it by its name.
struct Ledger {
  static constexpr std::size_t kEntries = 1 << 16;

  std::atomic<int> births;
  std::atomic<std::size_t> count;
  std::array<std::atomic<int>, kEntries> entries;

  void note(int value) { entries[count++] = value; }

  static Ledger* open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    void* memory = ::mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory == MAP_FAILED) std::abort();
    return static_cast<Ledger*>(memory);
  }
};

class Child {
 public:
  int pid() const { return ::getpid(); }
};
PACTOR_ACTOR(Child, pid);

class Phoenix;
PACTOR_ACTOR(Phoenix, note, noted_here, life, count_down, crash, crash_asked, fail, leave,
             become_another, block, create, fork_on, tell_of, crash_when_destroyed);
class Phoenix {
 public:
  explicit Phoenix(std::string ledger, int sane_lives = 1'000, Gate hang = {})
      : ledger_(Ledger::open(ledger)), life_(++ledger_->births) {
    if (life_ <= sane_lives) return;
    if (hang.passes.empty()) processes::die_by(SIGFPE);
    hang.pass();
  }
  ~Phoenix() {
    if (crash_when_destroyed_) processes::die_by(SIGBUS);
  }

  void note(int value) {
    ++noted_here_;
    ledger_->note(value);
  }
  int noted_here() const { return noted_here_; }
  int life() const { return life_; }
  // One message to itself after the other.
  void count_down(int from) {
    note(from);
    if (from > 0) pactor::self(this)->count_down(from - 1);
  }
  void crash(int signal) { processes::die_by(signal); }
  int crash_asked(int signal) { processes::die_by(signal); }
  void fail() { throw std::logic_error("on purpose"); }
  void leave(int status) { std::exit(status); }
  void become_another() { ::execl("/bin/sleep", "sleep", "1000", nullptr); }
  void block(Gate gate) const {
    gate.arrive();
    gate.pass();
  }
  int create() {
    child_ = std::make_unique<pactor::Actor<Child>>();
    return child_->ask()->pid().get();
  }
  int fork_on() {
    const int child = ::fork();
    if (child == 0) {
      for (;;) ::pause();
    }
    return child;
  }
  void tell_of(const pactor::Proxy<Phoenix>& other, int value) const { other->note(value); }
  void crash_when_destroyed() { crash_when_destroyed_ = true; }

 private:
  Ledger* ledger_;
  int life_;
  int noted_here_ = 0;
  bool crash_when_destroyed_ = false;
  std::unique_ptr<pactor::Actor<Child>> child_;
};

// Says its number of messages on a descriptor that it was constructed with.
class Speaker {
 public:
  explicit Speaker(pactor::Fd to) : to_(std::move(to)) {}
  void say(std::string text) const {
    if (::write(to_.get(), text.data(), text.size()) < 0) std::abort();
  }
  void crash() const { processes::die_by(SIGSEGV); }

 private:
  pactor::Fd to_;
};
PACTOR_ACTOR(Speaker, say, crash);

}  // namespace app

namespace {

using namespace std::chrono_literals;
using namespace processes;
using app::Phoenix;
using pactor::Actor;
using pactor::ActorDied;
using pactor::Exit;
using pactor::Options;
using pactor::Reply;

class Restart : public ProcessTest {
 protected:
  Restart() : fd_(::memfd_create("ledger", MFD_CLOEXEC)) {
    if (::ftruncate(fd_, sizeof(app::Ledger)) != 0) std::abort();
    ledger_ = app::Ledger::open(path());
  }
  ~Restart() override {
    ::munmap(ledger_, sizeof(app::Ledger));
    ::close(fd_);
  }

  [[nodiscard]] std::string path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd_);
  }
  [[nodiscard]] Actor<Phoenix> phoenix(std::uint32_t max = 3) const {
    return Actor<Phoenix>{Options{.name = "phoenix", .restart = {.max = max}}, path()};
  }
  [[nodiscard]] std::vector<int> noted() const {
    return {ledger_->entries.begin(), ledger_->entries.begin() + static_cast<long>(ledger_->count)};
  }
  static std::ptrdiff_t descriptors_of_keeper() {
    const fs::path all = "/proc/" + std::to_string(keeper_of(::getpid())) + "/fd";
    return std::distance(fs::directory_iterator(all), fs::directory_iterator());
  }
  static std::vector<int> numbers(int from, int below) {
    std::vector<int> all;
    for (int i = from; i < below; ++i) all.push_back(i);
    return all;
  }

  int fd_;
  app::Ledger* ledger_;
};

// ---- What survives ---------------------------------------------------------------------------

TEST_F(Restart, RestartedActorKeepsItsIdAndItsProxiesValid) {
  auto actor = phoenix();
  const auto proxy = actor.proxy();
  auto other = phoenix();
  other->tell_of(proxy, 1);  // so that it has a channel of its own
  EXPECT_EQ(other.ask()->life().get(), 2);
  const std::uint64_t id = actor.id();
  actor->crash(SIGSEGV);
  EXPECT_EQ(proxy.ask()->life().get(), 3);
  EXPECT_EQ(actor.id(), id);
  EXPECT_TRUE(actor.alive() && proxy.alive());
  other->tell_of(proxy, 2);
  EXPECT_EQ(other.ask()->life().get(), 2);
  EXPECT_EQ(actor.ask()->noted_here().get(), 1) << "from the other, after the crash";
  EXPECT_EQ(noted(), numbers(1, 3));
}

TEST_F(Restart, PidIsThatOfTheProcessThatRuns) {
  auto actor = phoenix();
  const Watched first(actor.pid());
  actor->crash(SIGSEGV);
  EXPECT_EQ(actor.ask()->life().get(), 2);
  EXPECT_TRUE(first.has_ended());
  EXPECT_NE(actor.pid(), first.pid());
  EXPECT_EQ(name_of(actor.pid()), "phoenix");
}

TEST_F(Restart, MessagesBehindTheCrashingOneAreProcessedInOrder) {
  auto actor = phoenix();
  for (int i = 0; i < 500; ++i) actor->note(i);
  actor->crash(SIGSEGV);
  for (int i = 500; i < 1'000; ++i) actor->note(i);
  actor->crash(SIGABRT);
  for (int i = 1'000; i < 1'500; ++i) actor->note(i);
  EXPECT_EQ(actor.ask()->life().get(), 3);
  EXPECT_EQ(noted(), numbers(0, 1'500));
}

TEST_F(Restart, MessagesToItselfSurvive) {
  auto actor = phoenix();
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  actor->count_down(20);
  actor->crash(SIGSEGV);  // the count is in a message that the actor has sent itself
  door.open();
  while (actor.ask()->life().get() != 2 || ledger_->count < 21) {
  }
  std::vector<int> down = noted();
  std::reverse(down.begin(), down.end());
  EXPECT_EQ(down, numbers(0, 21));
}

TEST_F(Restart, QueuedAsksAreAnsweredByTheSuccessor) {
  auto actor = phoenix();
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  Reply<int> before = actor.ask()->life();
  actor->crash(SIGSEGV);
  std::vector<Reply<int>> behind;
  for (int i = 0; i < 100; ++i) behind.push_back(actor.ask()->life());
  door.open();
  EXPECT_EQ(before.get(), 1);
  for (auto& reply : behind) EXPECT_EQ(reply.get(), 2);
}

TEST_F(Restart, SenderThatWaitsForRoomGoesOnAfterTheCrash) {
  Actor<Phoenix> actor{Options{.restart = {.max = 1}, .mailbox = {.bytes = 64 * 1024}}, path()};
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  actor->crash(SIGSEGV);
  std::thread sender([&] {
    for (int i = 0; i < 10'000; ++i) actor->note(i);  // more than it holds
  });
  door.open();
  sender.join();
  EXPECT_EQ(actor.ask()->life().get(), 2);
  EXPECT_EQ(noted(), numbers(0, 10'000));
}

TEST_F(Restart, CrashWhileItDrainsAfterCloseRestartsAndTheDrainingGoesOn) {
  auto actor = phoenix();
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  for (int i = 0; i < 10; ++i) actor->note(i);
  actor->crash(SIGSEGV);
  for (int i = 10; i < 20; ++i) actor->note(i);
  actor.close();
  door.open();
  EXPECT_TRUE(actor.join().orderly());
  EXPECT_EQ(ledger_->births, 2);
  EXPECT_EQ(noted(), numbers(0, 20));
}

TEST_F(Restart, MessagesOfASenderThatHasEndedSurvive) {
  auto actor = phoenix();
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  {
    auto other = phoenix();
    other->tell_of(actor.proxy(), 1);
  }  // has sent it when it is gone
  actor->crash(SIGSEGV);
  auto late = phoenix();
  late->tell_of(actor.proxy(), 2);
  EXPECT_TRUE((late.close(), late.join().orderly()));
  door.open();
  EXPECT_EQ(actor.ask()->noted_here().get(), 1) << "that of the late one";
  EXPECT_EQ(noted(), numbers(1, 3));
}

TEST_F(Restart, DescriptorsOfTheConstructorsArgumentsAreThereAgain) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Actor<app::Speaker> actor{Options{.restart = {.max = 2}}, pactor::Fd(ends[1])};
  for (const char* text : {"one", "two", "three"}) {
    actor->say(text);
    if (text != std::string("three")) actor->crash();
  }
  actor.close();
  EXPECT_TRUE(actor.join().orderly());
  std::array<char, 64> said{};
  EXPECT_EQ(::read(ends[0], said.data(), said.size()), 11);
  EXPECT_STREQ(said.data(), "onetwothree");
  ::close(ends[0]);
}

TEST_F(Restart, RestartsLeaveNoChannelsBehind) {
  auto receiver = phoenix();
  auto actor = phoenix(100);
  const auto send_and_crash = [&] {
    actor->tell_of(receiver.proxy(), 1);
    actor->crash(SIGSEGV);
    EXPECT_GT(actor.ask()->life().get(), 1);
    EXPECT_GE(receiver.ask()->noted_here().get(), 1);
  };
  send_and_crash();
  const auto before = descriptors_of_keeper();
  for (int i = 0; i < 50; ++i) send_and_crash();
  EXPECT_LE(descriptors_of_keeper(), before + 5);
}

TEST_F(Restart, SuccessorGivesUpTheChannelsOfSendersThatHaveEnded) {
  constexpr int kSenders = 20;
  auto actor = phoenix();
  const auto before = descriptors_of_keeper();
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  for (int i = 0; i < kSenders; ++i) {
    auto other = phoenix();
    other->tell_of(actor.proxy(), i);
  }
  actor->crash(SIGSEGV);  // it has been told of their ends then, and has not had the time to act
  door.open();
  EXPECT_EQ(actor.ask()->life().get(), kSenders + 2);
  EXPECT_EQ(noted(), numbers(0, kSenders));
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBoundMs);
  while (descriptors_of_keeper() > before + kSenders / 2) {
    static_cast<void>(actor.ask()->life().get());
    ASSERT_LT(std::chrono::steady_clock::now(), until) << descriptors_of_keeper();
  }
}

// ---- What does not ---------------------------------------------------------------------------

TEST_F(Restart, AskInProgressGetsActorDiedThatNamesSignalAndMethod) {
  auto actor = phoenix();
  for (const int signal : {SIGSEGV, SIGBUS}) {
    Reply<int> reply = actor.ask()->crash_asked(signal);
    try {
      reply.get();
      ADD_FAILURE() << "there is nobody who could have answered";
    } catch (const ActorDied& death) {
      EXPECT_EQ(death.exit().kind, Exit::Kind::signalled);
      EXPECT_EQ(death.exit().code, signal);
      EXPECT_TRUE(contains(death.exit().method, "crash_asked")) << death.what();
    }
  }
  EXPECT_EQ(actor.ask()->life().get(), 3);
}

TEST_F(Restart, AskThatACrashHasFailedTellsOfThatCrashThoughOthersHaveFollowed) {
  auto actor = phoenix();
  Reply<int> reply = actor.ask()->crash_asked(SIGSEGV);
  actor->crash(SIGBUS);
  EXPECT_EQ(actor.ask()->life().get(), 3);
  try {
    reply.get();
    ADD_FAILURE() << "there is nobody who could have answered";
  } catch (const ActorDied& death) {
    EXPECT_EQ(death.exit().code, SIGSEGV) << death.what();
    EXPECT_EQ(death.exit().method, "crash_asked");
  }
}

TEST_F(Restart, StateIsFreshAndConstructedFromTheSameArguments) {
  auto actor = phoenix();
  for (int i = 0; i < 5; ++i) actor->note(i);
  EXPECT_EQ(actor.ask()->noted_here().get(), 5);
  actor->crash(SIGSEGV);
  EXPECT_EQ(actor.ask()->noted_here().get(), 0);
  actor->note(5);  // into the ledger that its argument names
  EXPECT_EQ(actor.ask()->noted_here().get(), 1);
  EXPECT_EQ(noted(), numbers(0, 6));
}

TEST_F(Restart, WhatTheCrashedProcessCreatedAndForkedEnds) {
  auto actor = phoenix();
  const Watched child(actor.ask()->create().get()), forked(actor.ask()->fork_on().get());
  actor->crash(SIGSEGV);
  EXPECT_EQ(actor.ask()->life().get(), 2);
  EXPECT_TRUE(child.ends());
  EXPECT_TRUE(forked.ends());
  const Watched second(actor.ask()->create().get());
  EXPECT_FALSE(second.has_ended());
}

// ---- What a crash is -------------------------------------------------------------------------

TEST_F(Restart, EveryKindOfCrashRestarts) {
  auto actor = phoenix(5);
  actor->crash(SIGKILL);
  EXPECT_EQ(actor.ask()->life().get(), 2);
  actor->fail();
  EXPECT_EQ(actor.ask()->life().get(), 3);
  actor->leave(0);
  EXPECT_EQ(actor.ask()->life().get(), 4);
  actor->become_another();
  EXPECT_EQ(actor.ask()->life().get(), 5);
  send_signal(actor.pid(), SIGKILL);
  EXPECT_EQ(actor.ask()->life().get(), 6);
  actor->leave(7);
  const Exit exit = actor.join();
  EXPECT_EQ(exit.kind, Exit::Kind::exited);
  EXPECT_EQ(exit.code, 7) << "the last crash is the one that is told";
}

TEST_F(Restart, SecondCrashIsFinalIfOneRestartIsAllowedAndPendingAsksFail) {
  auto actor = phoenix(1);
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  actor->crash(SIGSEGV);
  actor->crash(SIGFPE);
  std::vector<Reply<int>> behind;
  for (int i = 0; i < 50; ++i) behind.push_back(actor.ask()->life());
  door.open();
  for (auto& reply : behind) EXPECT_THROW(reply.get(), ActorDied);
  const Exit exit = actor.join();
  EXPECT_EQ(exit.kind, Exit::Kind::signalled);
  EXPECT_EQ(exit.code, SIGFPE);
  EXPECT_TRUE(contains(exit.method, "crash"));
  EXPECT_EQ(ledger_->births, 2);
  EXPECT_FALSE(actor.alive());
}

TEST_F(Restart, CloseNeverRestarts) {
  auto actor = phoenix();
  actor.close();
  EXPECT_TRUE(actor.join().orderly());
  EXPECT_EQ(ledger_->births, 1);
}

TEST_F(Restart, CrashOfOneThatHasBegunToCloseIsFinal) {
  auto actor = phoenix();
  actor->crash_when_destroyed();
  actor.close();
  const Exit exit = actor.join();
  EXPECT_EQ(exit.kind, Exit::Kind::signalled);
  EXPECT_EQ(exit.code, SIGBUS);
  EXPECT_EQ(ledger_->births, 1);
}

TEST_F(Restart, KillNeverRestarts) {
  auto actor = phoenix();
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  actor.kill();
  EXPECT_EQ(actor.join().kind, Exit::Kind::killed);
  auto crashed = phoenix();
  crashed->crash(SIGSEGV);
  crashed.kill();  // wherever its restart may be
  EXPECT_FALSE(crashed.join().orderly());
  EXPECT_LE(ledger_->births, 3);
}

TEST_F(Restart, ActorThatOutlivesItsCloseDeadlineIsNotRestarted) {
  Actor<Phoenix> actor{Options{.close_deadline = 50ms, .restart = {.max = 3}}, path()};
  Door door;
  actor->block(door.gate());
  door.wait_for_arrival();
  actor.close();
  EXPECT_EQ(actor.join().kind, Exit::Kind::killed);
  EXPECT_EQ(ledger_->births, 1);
}

TEST_F(Restart, ConstructorThatCrashesInASuccessorIsACrashLikeAnother) {
  constexpr int kSaneLives = 1;
  Actor<Phoenix> actor{Options{.restart = {.max = 3}}, path(), kSaneLives};
  actor->crash(SIGSEGV);
  Reply<int> life = actor.ask()->life();
  EXPECT_THROW(life.get(), ActorDied);
  const Exit exit = actor.join();
  EXPECT_EQ(exit.code, SIGFPE);
  EXPECT_EQ(exit.method, "");
  EXPECT_EQ(ledger_->births, 4);
}

TEST_F(Restart, ConstructorThatHangsInASuccessorIsKilledAtTheStartDeadline) {
  constexpr int kSaneLives = 1;
  Door never;
  Actor<Phoenix> actor{Options{.start_deadline = 100ms, .restart = {.max = 3}}, path(), kSaneLives,
                       never.gate()};
  actor->crash(SIGSEGV);
  const Exit exit = actor.join();
  EXPECT_EQ(exit.kind, Exit::Kind::killed);
  EXPECT_TRUE(contains(exit.text, "start_deadline")) << exit.text;
  EXPECT_EQ(ledger_->births, 2);
}

TEST_F(Restart, ConstructorThatCrashesInTheFirstProcessIsASpawnErrorAndNoMore) {
  EXPECT_THROW((Actor<Phoenix>{Options{.restart = {.max = 3}}, path(), 0}), pactor::SpawnError);
  EXPECT_EQ(ledger_->births, 1);
}

TEST_F(Restart, EachRestartSaysWhyOnStandardError) {
  testing::internal::CaptureStderr();
  {
    auto actor = phoenix();
    actor->crash(SIGSEGV);
    EXPECT_EQ(actor.ask()->life().get(), 2);
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(
      contains(text, "pactor: actor 'phoenix' was ended by signal 11 (SIGSEGV), while it ran ") &&
      contains(text, "crash; restarted (1 of 3)\n"))
      << text;
}

// A successor that has no room to say why, and is killed for it: its own successor says both.
TEST_F(Restart, CrashOfWhichNobodyLivedToTellIsToldByALaterSuccessor) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::fcntl(pipe[1], F_SETPIPE_SZ, 4096), 4096);
  const int stderr_of_test = ::dup(2);
  ::dup2(pipe[1], 2);
  auto actor = phoenix();
  ::dup2(stderr_of_test, 2);
  ::close(stderr_of_test);
  const std::string full(4096, '\n');
  ASSERT_EQ(::write(pipe[1], full.data(), full.size()), 4096);

  const pid_t first = actor.pid();
  actor->crash(SIGSEGV);
  while (actor.pid() == first) std::this_thread::yield();
  send_signal(actor.pid(), SIGKILL);  // it cannot have written its line
  std::string text;
  for (std::array<char, 4096> part{}; !contains(text, "(2 of 3)");) {
    const ssize_t length = ::read(pipe[0], part.data(), part.size());
    ASSERT_GT(length, 0);
    text.append(part.data(), static_cast<std::size_t>(length));
  }
  EXPECT_TRUE(contains(text, "signal 11 (SIGSEGV), while it ran crash; restarted (1 of 3)\n") &&
              contains(text, "signal 9 (SIGKILL); restarted (2 of 3)\n"))
      << text;
  actor.close();
  EXPECT_TRUE(actor.join().orderly());
  for (const int fd : pipe) ::close(fd);
}

}  // namespace
