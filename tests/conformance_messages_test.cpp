// Messages: their order, whom they reach, and what actors do not share.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <sched.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace app {

using processes::Gate;

class Counter;
PACTOR_ACTOR(Counter, add, add_via, total, process, calls_of_the_class, block_at, ask_myself,
             keep_asking);
class Counter {
 public:
  void add(int amount) {
    total_ += amount;
    ++calls_;
  }
  void add_via(pactor::Proxy<Counter> other, int amount) { other->add(amount); }
  int total() const { return total_; }
  pid_t process() const { return ::getpid(); }
  static int calls() { return calls_; }
  int calls_of_the_class() const { return calls_; }
  void block_at(Gate gate) {
    gate.arrive();
    gate.pass();
  }
  int ask_myself() { return pactor::self(this).ask()->total().get(); }
  // Asks itself, and does not wait for the answer.
  int keep_asking() {
    auto reply = pactor::self(this).ask()->total();
    return reply.ready() ? -1 : total_;
  }

 private:
  void secret() {}
  static inline int calls_ = 0;
  int total_ = 0;
};

// Keeps who sent what, in the order in which it came.
class Recorder {
 public:
  void record(int sender, int number) { records_.emplace_back(sender, number); }
  std::vector<std::pair<int, int>> records() const { return records_; }

 private:
  std::vector<std::pair<int, int>> records_;
};
PACTOR_ACTOR(Recorder, record, records);

class Sender {
 public:
  void send(pactor::Proxy<Recorder> to, int me, int messages) {
    for (int i = 0; i < messages; ++i) to->record(me, i);
  }
  void pass_on(pactor::Proxy<Recorder> to, int number) { to->record(2, number); }
  pid_t process() const { return ::getpid(); }
  int total_of(pactor::Proxy<Counter> other) const { return other.ask()->total().get(); }
  // Does nothing more once it has told: no thread of it runs until it is continued.
  void tell_and_stop(pactor::Proxy<Counter> to, Gate gate) {
    to->block_at(std::move(gate));
    std::raise(SIGSTOP);
  }
};
PACTOR_ACTOR(Sender, send, pass_on, process, total_of, tell_and_stop);

class Named {
 public:
  virtual ~Named() = default;
  std::string greet() const { return "I am " + name(); }  // not virtual, calls one that is
  virtual std::string name() const { return "nobody"; }
};
PACTOR_ACTOR(Named, greet, name);

class Tally {
 public:
  void bump() { ++tally_; }
  int tally() const { return tally_; }

 private:
  int tally_ = 0;
};
PACTOR_ACTOR(Tally, bump, tally);

class Reader : public Named, public Tally {
 public:
  std::string read() { return "read " + read_next(); }
  std::string name() const override { return "a reader"; }

 protected:
  virtual std::string read_next() {
    bump();
    return std::to_string(tally());
  }
};
PACTOR_ACTOR(Reader, read, name, greet, bump, tally);

class DoubleReader : public Reader {
 public:
  std::string name() const override { return "two of " + Reader::name(); }
  std::string only_here() const { return "mine"; }

 protected:
  std::string read_next() override {
    const std::string first = Reader::read_next();
    return first + " and " + Reader::read_next();
  }
};
PACTOR_ACTOR(DoubleReader, only_here);

class Poller;
PACTOR_ACTOR(Poller, poll, polled);
class Poller {
 public:
  virtual ~Poller() = default;
  virtual void poll(int left) {
    ++polled_;
    if (left > 0) pactor::self(this)->poll(left - 1);
  }
  int polled() const { return polled_; }

 protected:
  int polled_ = 0;
};
class EagerPoller : public Poller {
 public:
  void poll(int left) override {
    polled_ += 10;
    Poller::poll(left);
  }
};
PACTOR_ACTOR(EagerPoller, poll, polled);

}  // namespace app

namespace {

using namespace processes;
using app::Counter;
using pactor::Actor;
using pactor::Proxy;

class Messages : public ProcessTest {};

TEST_F(Messages, AskingOneselfIsRefusedWithAnErrorAndNotADeadlock) {
  Actor<Counter> counter{pactor::Options{.name = "narcissus"}};
  counter->add(5);
  const std::string text = text_of<pactor::Error>([&] { counter.ask()->ask_myself().get(); });
  EXPECT_TRUE(contains(text, "narcissus") && contains(text, "total")) << text;
  EXPECT_EQ(counter.ask()->total().get(), 5) << "and the actor lives";
  EXPECT_EQ(counter.ask()->keep_asking().get(), 5) << "only waiting for oneself is refused";
  EXPECT_EQ(counter.ask()->total().get(), 5);
}

TEST_F(Messages, CountersOfFiveActorsAreExactThoughTheirMessagesInterleave) {
  std::array<Actor<Counter>, 5> counters;
  for (int round = 0; round < 50; ++round) {
    for (std::size_t i = 0; i < counters.size(); ++i) {
      counters[i]->add(static_cast<int>(i) + 1);
      counters[i]->add_via(counters[(i + 1) % counters.size()].proxy(), 100);
    }
  }
  for (std::size_t i = 0; i < counters.size(); ++i) {
    static_cast<void>(counters[i].ask()->total().get());  // has sent its last message on
  }
  for (std::size_t i = 0; i < counters.size(); ++i) {
    EXPECT_EQ(counters[i].ask()->total().get(), 50 * (static_cast<int>(i) + 1) + 50 * 100);
  }
}

TEST_F(Messages, EachOfTenSendersKeepsItsOrderThroughProxiesThatWerePassedOn) {
  constexpr int kSenders = 10, kEach = 1000;
  Actor<app::Recorder> recorder;
  std::vector<Actor<app::Sender>> senders(kSenders);
  for (int i = 0; i < kSenders; ++i) {
    senders[static_cast<std::size_t>(i)]->send(recorder.proxy(), i, kEach);
  }
  pactor::close_all(senders);
  for (const pactor::Exit& exit : pactor::join_all(senders)) EXPECT_TRUE(exit.orderly());
  std::map<int, int> next;
  for (const auto& [sender, number] : recorder.ask()->records().get()) {
    EXPECT_EQ(number, next[sender]++) << "of sender " << sender;
  }
  EXPECT_EQ(next.size(), std::size_t{kSenders});
  for (const auto& [sender, count] : next) EXPECT_EQ(count, kEach) << "of sender " << sender;
}

TEST_F(Messages, WhatCausedAMessageArrivesBeforeIt) {
  constexpr int kRounds = 2000;
  Actor<app::Recorder> recorder;
  Actor<app::Sender> messenger;
  for (int i = 0; i < kRounds; ++i) {
    recorder->record(1, i);                   // first, from here;
    messenger->pass_on(recorder.proxy(), i);  // then by way of another actor
  }
  messenger.close();
  messenger.join();
  std::map<int, int> seen;
  for (const auto& [sender, number] : recorder.ask()->records().get()) {
    EXPECT_EQ(number, seen[sender]++);
    EXPECT_LE(seen[2], seen[1]) << "round " << number;
  }
  EXPECT_EQ(seen[2], kRounds);
}

TEST_F(Messages, OrderHoldsBetweenThreadsThatHandOver) {
  Actor<app::Recorder> recorder;
  for (int i = 0; i < 20; ++i) {
    std::thread([&, i] { recorder->record(0, i); }).join();
  }
  const auto records = recorder.ask()->records().get();
  ASSERT_EQ(records.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(records[static_cast<std::size_t>(i)].second, i);
}

TEST_F(Messages, ManyThreadsOfOneProcessMaySendToOneActor) {
  constexpr int kThreads = 4, kEach = 500;
  Actor<app::Recorder> recorder;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        recorder->record(t, i);
        if (i % 100 == 0) static_cast<void>(recorder.ask()->records().get());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::map<int, int> next;
  for (const auto& [sender, number] : recorder.ask()->records().get()) {
    EXPECT_EQ(number, next[sender]++);
  }
  for (int t = 0; t < kThreads; ++t) EXPECT_EQ(next[t], kEach);
}

TEST_F(Messages, LoneTellIsProcessedThoughItsSenderStopsRightBehindIt) {
  Actor<Counter> counter;
  Actor<app::Sender> sender;
  const pid_t receiving = counter.ask()->process().get();
  const pid_t sending = sender.ask()->process().get();
  // They know each other, so that it is not the news of a sender that wakes the other one.
  EXPECT_EQ(sender.ask()->total_of(counter.proxy()).get(), 0);
  while (!asleep(receiving)) ::sched_yield();
  Door door;
  sender->tell_and_stop(counter.proxy(), door.gate());
  door.wait_for_arrival();
  while (state_of(sending) != 'T')
    ::sched_yield();  // it stops, whether it was needed any more or not
  door.open();
  EXPECT_EQ(counter.ask()->total().get(), 0);
  ::kill(sending, SIGCONT);
}

TEST_F(Messages, SlowActorDelaysNoOther) {
  Door door;
  Actor<Counter> slow, quick;
  slow->block_at(door.gate());
  door.wait_for_arrival();
  pactor::Reply<int> late = slow.ask()->total();
  for (int i = 0; i < 1000; ++i) slow->add(1);
  for (int i = 1; i <= 1000; ++i) {
    quick->add(1);
    if (i % 100 == 0) {
      EXPECT_EQ(quick.ask()->total().get(), i);
    }
  }
  Actor<Counter> another;  // nor is anybody's birth held up
  EXPECT_EQ(another.ask()->total().get(), 0);
  EXPECT_FALSE(late.ready());
  door.open();
  EXPECT_EQ(late.get(), 0);
  EXPECT_EQ(slow.ask()->total().get(), 1000);
}

TEST_F(Messages, TwoActorsOfAClassShareNothingNorDoesTheProgram) {
  Counter local;
  local.add(7);
  const int calls_here = Counter::calls();
  Actor<Counter> one, other;
  one->add(1);
  one->add(1);
  other->add(40);
  EXPECT_EQ(one.ask()->total().get(), 2);
  EXPECT_EQ(one.ask()->calls_of_the_class().get(), 2) << "a static member is a process's own too";
  EXPECT_EQ(other.ask()->total().get(), 40);
  EXPECT_EQ(other.ask()->calls_of_the_class().get(), 1);
  EXPECT_EQ(Counter::calls(), calls_here);
  EXPECT_NE(one.pid(), other.pid());
  EXPECT_NE(one.id(), other.id());
  EXPECT_NE(one.proxy(), other.proxy());
}

TEST_F(Messages, ProxySpeaksToTheSameActorWhereverItHasBeen) {
  Actor<Counter> counter;
  const Proxy<Counter> before = counter.proxy();
  Actor<Counter> moved = std::move(counter);
  Actor<Counter> again = std::move(moved);
  before->add(1);
  again->add(1);
  Actor<Counter> other;
  other->add_via(before, 1);
  static_cast<void>(other.ask()->total().get());
  EXPECT_EQ(before, again.proxy());
  EXPECT_EQ(before.id(), again.id());
  EXPECT_TRUE(before.alive());
  EXPECT_EQ(before.ask()->total().get(), 3);
}

TEST_F(Messages, ProxyOfAnActorThatHasEndedNeverSpeaksToAnother) {
  Actor<Counter> counter;
  const Proxy<Counter> stale = counter.proxy();
  counter.kill();
  counter.join();
  for (int i = 0; i < 3; ++i) {
    Actor<Counter> next;
    EXPECT_NE(next.proxy(), stale);
    next->add_via(stale, 1);  // another process meets it for the first time when it is dead
    EXPECT_EQ(next.ask()->total().get(), 0);
    EXPECT_FALSE(stale.alive());
    EXPECT_THROW(stale.ask()->total().get(), pactor::ActorDied);
  }
}

TEST_F(Messages, MethodsOfTheBaseAndOverridesAndVirtualCallsWork) {
  Actor<app::Reader> reader;
  EXPECT_EQ(reader.ask()->greet().get(), "I am a reader");
  EXPECT_EQ(reader.ask()->read().get(), "read 1");

  Actor<app::DoubleReader> derived;
  const Proxy<app::Reader> as_reader = derived.proxy();
  const Proxy<app::Named> as_named = derived.proxy();
  const Proxy<app::Tally> as_tally = as_reader;  // a second base: its part lies further in
  EXPECT_EQ(as_reader.ask()->read().get(), "read 1 and 2");
  EXPECT_EQ(as_named.ask()->name().get(), "two of a reader");
  EXPECT_EQ(as_named.ask()->greet().get(), "I am two of a reader");
  as_tally->bump();
  EXPECT_EQ(as_tally.ask()->tally().get(), 3);
  EXPECT_EQ(derived.ask()->only_here().get(), "mine");
  EXPECT_EQ(derived.ask<&app::DoubleReader::read>().get(), "read 4 and 5");
  EXPECT_EQ(as_named, as_reader);
}

TEST_F(Messages, MessageToOneselfFromABaseReachesTheOverride) {
  Actor<app::EagerPoller> poller;
  poller.ask()->poll(3).get();
  poller.close();
  EXPECT_TRUE(poller.join().orderly());

  Actor<app::EagerPoller> again;
  again.ask()->poll(0).get();
  EXPECT_EQ(again.ask()->polled().get(), 11);
  again.ask()->poll(1).get();  // the second poll is queued before this returns
  EXPECT_EQ(again.ask()->polled().get(), 33);
}

template <class P>
concept HasSecret = requires(const P& proxy) { proxy->secret(); };
template <class P>
concept HasAdd = requires(const P& proxy) { proxy->add(1); };
template <class P>
concept HasCalls = requires(const P& proxy) { proxy->calls(); };

TEST_F(Messages, PrivateAndUnlistedMethodsAreNotOnTheProxy) {
  EXPECT_TRUE(HasAdd<Proxy<Counter>> && HasAdd<Actor<Counter>>);
  EXPECT_FALSE(HasSecret<Proxy<Counter>> || HasSecret<Actor<Counter>>);
  EXPECT_FALSE(HasCalls<Proxy<Counter>>);
}

}  // namespace
