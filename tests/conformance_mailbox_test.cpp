// Mailboxes that fill: what their senders are told, that nothing is lost unsaid, and what a flood does not
// touch. And how many asks may be on their way.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace app {

using processes::Gate;

class Sink;
PACTOR_ACTOR(Sink, take, taken, taken_by, block_at, flood, flood_itself, ask_behind, add,
             report_end_to, note_end, noted_end);
class Sink {
 public:
  Sink() = default;
  ~Sink() {
    if (reporting_to_) reporting_to_->note_end(taken());
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void take(int number, const std::string& /*load*/) {
    in_order_ = in_order_ && number == taken_;
    ++taken_;
  }
  int taken() const { return in_order_ ? taken_ : -1; }
  // Which another process asks for: it has a mailbox of its own here.
  int taken_by(pactor::Proxy<Sink> other) const { return other.ask()->taken().get(); }
  void block_at(Gate gate) const {
    gate.arrive();
    gate.pass();
  }
  int add(int one, int other) const { return one + other; }
  // Asks another actor after the gate.
  int ask_behind(Gate gate, pactor::Proxy<Sink> other) const {
    block_at(std::move(gate));
    return other.ask()->add(20, 22).get();
  }

  // What it has taken when it is destroyed.
  void report_end_to(pactor::Proxy<Sink> other) { reporting_to_ = std::move(other); }
  void note_end(int taken) { noted_end_ = taken; }
  int noted_end() const { return noted_end_; }

  // How many of so many messages the other actor accepts.
  int flood(pactor::Proxy<Sink> other, int messages) const {
    int accepted = 0;
    for (int i = 0; i < messages; ++i) {
      try {
        other->take(accepted, std::string(1000, 'x'));
        ++accepted;
      } catch (const pactor::Overloaded&) {  // NOLINT: counted by who is not
      }
    }
    return accepted;
  }
  // Sends itself messages until it is told to stop.
  std::pair<int, std::string> flood_itself() const {
    for (int accepted = 0;; ++accepted) {
      try {
        pactor::self(this)->take(accepted, std::string(1000, 'x'));
      } catch (const pactor::Overloaded& error) {
        return {accepted, error.what()};
      }
    }
  }

 private:
  int taken_ = 0;
  bool in_order_ = true;
  pactor::Proxy<Sink> reporting_to_;
  int noted_end_ = -1;
};

}  // namespace app

namespace {

using namespace std::chrono_literals;
using namespace processes;
using app::Sink;
using pactor::Actor;
using pactor::Options;
using pactor::Overloaded;
using pactor::WhenFull;

constexpr std::size_t kBytes = std::size_t{64} << 10;
const std::string kLoad(1000, 'x');
// As many messages with this load as the mailbox surely has room for, and surely not.
constexpr int kSurelyFit = 40, kSurelyTooMany = 66;

Options small(WhenFull when_full, const char* name = "sink") {
  return {.name = name, .mailbox = {.bytes = kBytes, .when_full = when_full}};
}

class Mailboxes : public ProcessTest {
 protected:
  void TearDown() override {
    pactor::on_dead_letter({});
    ProcessTest::TearDown();
  }
};

// Stands at the gate until it is let go.
class Blocked {
 public:
  template <class... Arguments>
  explicit Blocked(const Options& options) : actor(options) {
    actor->block_at(door_.gate());
    door_.wait_for_arrival();
  }
  void let_go() { door_.open(); }

 private:
  Door door_;

 public:
  Actor<Sink> actor;
};

// How many messages it takes until it is full.
int fill(const Actor<Sink>& sink) {
  for (int accepted = 0; accepted < 100 * kSurelyTooMany; ++accepted) {
    try {
      sink->take(accepted, kLoad);
    } catch (const Overloaded&) {
      return accepted;
    }
  }
  ADD_FAILURE() << "it is never full";
  return 0;
}

// What it has taken, asked for by a process that has room in its mailbox. After all that was sent
// before, for order is causal.
int taken(const Actor<Sink>& sink) {
  const Actor<Sink> other;
  return other.ask()->taken_by(sink.proxy()).get();
}

TEST_F(Mailboxes, FullOneRefusesAtOnceAndDrainsAndRecovers) {
  Blocked sink{small(WhenFull::refuse)};
  int accepted = fill(sink.actor);
  EXPECT_GE(accepted, kSurelyFit);
  EXPECT_LT(accepted, kSurelyTooMany);
  const std::string text = text_of<Overloaded>([&] { sink.actor->take(0, kLoad); });
  EXPECT_TRUE(contains(text,
                       "mailbox of 'sink' is full (64 KiB from this sender); slow down, raise "
                       "Options::mailbox.bytes or choose another policy"))
      << text;
  EXPECT_TRUE(contains(text, "take")) << text;
  text_of<Overloaded>([&] { static_cast<void>(sink.actor.ask()->take(0, kLoad)); });
  sink.let_go();
  EXPECT_EQ(taken(sink.actor), accepted);
  for (int i = 0; i < 10 * kSurelyTooMany; ++i) {  // more than fit at once
    for (bool sent = false; !sent;) {
      try {
        sink.actor->take(accepted, kLoad);
        sent = true;
      } catch (const Overloaded&) {
        std::this_thread::yield();
      }
    }
    ++accepted;
  }
  EXPECT_EQ(taken(sink.actor), accepted);
  EXPECT_EQ(pactor::dead_letters(sink.actor.proxy()), 0u);
}

TEST_F(Mailboxes, BoundIsPerSender) {
  Blocked sink{small(WhenFull::refuse)};
  const int accepted = fill(sink.actor);
  const Actor<Sink> other;
  const int of_other = other.ask()->flood(sink.actor.proxy(), kSurelyTooMany).get();
  EXPECT_GE(of_other, kSurelyFit);
  EXPECT_LT(of_other, kSurelyTooMany);
  sink.let_go();
  sink.actor.close();
  EXPECT_TRUE(sink.actor.join().orderly());
  EXPECT_GT(accepted, 0);
}

TEST_F(Mailboxes, DropNewestCountsEachOneThatItDrops) {
  std::atomic<std::uint64_t> handed_over{0};
  pactor::on_dead_letter([&](const pactor::DeadLetter& letter) {
    EXPECT_EQ(letter.reason, pactor::DeadLetter::Reason::mailbox_full);
    EXPECT_EQ(letter.name, "sink");
    EXPECT_EQ(letter.method, "take");
    EXPECT_FALSE(letter.exit.has_value());
    ++handed_over;
  });
  Blocked sink{small(WhenFull::drop_newest)};
  constexpr int kSent = 1000;
  const pactor::Proxy<Sink> proxy = sink.actor.proxy();
  int accepted = 0;
  for (int i = 0; i < kSent; ++i) {
    const std::uint64_t before = pactor::dead_letters(proxy);
    proxy->take(accepted, kLoad);
    if (pactor::dead_letters(proxy) == before) ++accepted;
  }
  EXPECT_GE(accepted, kSurelyFit);
  EXPECT_LT(accepted, kSurelyTooMany);
  EXPECT_EQ(handed_over, static_cast<std::uint64_t>(kSent - accepted));
  EXPECT_EQ(pactor::dead_letters(proxy, pactor::DeadLetter::Reason::mailbox_full), handed_over);
  text_of<Overloaded>([&] { static_cast<void>(proxy.ask()->take(0, kLoad)); });
  sink.let_go();
  EXPECT_EQ(taken(sink.actor), accepted) << "each one that was not dropped, and no other";
}

TEST_F(Mailboxes, WaitingSenderGoesOnWhenThereIsRoomAndNothingIsLost) {
  Blocked sink{small(WhenFull::wait(30s))};
  constexpr int kSent = 10 * kSurelyTooMany;
  std::thread sender([&] {
    for (int i = 0; i < kSent; ++i) sink.actor->take(i, kLoad);
  });
  sink.let_go();
  sender.join();
  EXPECT_EQ(sink.actor.ask()->taken().get(), kSent);
}

TEST_F(Mailboxes, WaitingSenderIsToldWhenItsDeadlineHasPassed) {
  Blocked sink{small(WhenFull::wait(1ms))};
  const int accepted = fill(sink.actor);
  EXPECT_GE(accepted, kSurelyFit);
  sink.let_go();
  EXPECT_EQ(taken(sink.actor), accepted);
}

TEST_F(Mailboxes, DeadlineOfAnAskCountsWhileItWaitsForRoom) {
  Blocked sink{small(WhenFull::wait(30s))};
  const auto before = std::chrono::steady_clock::now();
  const auto fill_and_ask_more = [&] {
    for (int i = 0; i < 100 * kSurelyTooMany; ++i)
      static_cast<void>(sink.actor.ask(1ms)->take(i, kLoad));
  };
  const std::string text = text_of<Overloaded>(fill_and_ask_more);
  EXPECT_TRUE(contains(text, "mailbox of 'sink' is full")) << text;
  EXPECT_LT(std::chrono::steady_clock::now() - before, 15s);
  sink.let_go();
}

TEST_F(Mailboxes, TwoActorsThatFloodEachOtherRecover) {
  const Actor<Sink> one{small(WhenFull::wait(10ms), "one")};
  const Actor<Sink> other{small(WhenFull::wait(10ms), "other")};
  pactor::Reply<int> by_one = one.ask()->flood(other.proxy(), 3 * kSurelyTooMany);
  pactor::Reply<int> by_other = other.ask()->flood(one.proxy(), 3 * kSurelyTooMany);
  EXPECT_GE(by_one.get(), kSurelyFit);
  EXPECT_GE(by_other.get(), kSurelyFit);
  EXPECT_EQ(taken(one), by_other.get());
  EXPECT_EQ(taken(other), by_one.get());
}

TEST_F(Mailboxes, FloodOfOneselfEndsAtTheStatedBoundAndTheActorGoesOn) {
  for (const WhenFull when_full : {WhenFull::wait(30s), WhenFull::refuse}) {
    const Actor<Sink> sink{small(when_full)};
    const auto [accepted, text] = sink.ask()->flood_itself().get();
    EXPECT_GE(accepted, kSurelyFit);
    EXPECT_LT(accepted, kSurelyTooMany);
    EXPECT_TRUE(contains(text, "mailbox of 'sink' is full (64 KiB from this sender)")) << text;
    EXPECT_EQ(sink.ask()->taken().get(), accepted);
  }
}

// ---- What a flood does not touch -------------------------------------------------------------

TEST_F(Mailboxes, RepliesComeThoughTheMailboxesOfBothSidesAreFull) {
  Door door;
  const Actor<Sink> asked{small(WhenFull::refuse)};
  const Actor<Sink> asker{small(WhenFull::refuse)};
  pactor::Reply<int> reply = asker.ask()->ask_behind(door.gate(), asked.proxy());
  door.wait_for_arrival();
  const int accepted = fill(asker);
  door.open();
  EXPECT_EQ(reply.get(), 42);
  EXPECT_EQ(taken(asker), accepted);
}

TEST_F(Mailboxes, CloseKeepsItsPlaceBehindAFlood) {
  const Actor<Sink> journal;
  Blocked sink{small(WhenFull::refuse)};
  sink.actor->report_end_to(journal.proxy());
  const int accepted = fill(sink.actor);
  sink.actor.close();
  sink.let_go();
  const pactor::Exit exit = sink.actor.join();
  EXPECT_TRUE(exit.orderly()) << exit.explain();
  EXPECT_EQ(exit.unprocessed, 0u);
  EXPECT_EQ(journal.ask()->noted_end().get(), accepted);
}

// Though it has yet to do what was sent before.
TEST_F(Mailboxes, WhatAProcessSendsToAnActorThatItHasClosedIsADeadLetterAtOnce) {
  Blocked sink{Options{.name = "sink"}};
  std::vector<std::string> lost;
  pactor::on_dead_letter(
      [&](const pactor::DeadLetter& letter) { lost.push_back(letter.explain()); });
  sink.actor.close();
  sink.actor->take(0, "");
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0], "take to 'sink' was not delivered: actor 'sink' takes no more messages");
  EXPECT_THROW(sink.actor.ask()->add(1, 2).get(), pactor::ActorDied);
  sink.let_go();
  EXPECT_EQ(sink.actor.join().unprocessed, 0u);
}

// It was accepted by an actor that was to end before it: nobody but the Exit can say so.
TEST_F(Mailboxes, ExitCountsWhatOthersToldAnActorSinceItWasClosed) {
  Blocked sink{Options{.name = "sink"}};
  const Actor<Sink> other;
  sink.actor->take(0, "");
  sink.actor.close();
  EXPECT_EQ(other.ask()->flood(sink.actor.proxy(), 3).get(), 3);
  sink.let_go();
  const pactor::Exit exit = sink.actor.join();
  EXPECT_TRUE(exit.orderly());
  EXPECT_EQ(exit.unprocessed, 3u);
  EXPECT_EQ(exit.explain(), "actor 'sink' was closed and ended in order, 3 messages unprocessed");
}

TEST_F(Mailboxes, KillOvertakesAFloodAndTheExitCountsWhatWasLeft) {
  Blocked sink{small(WhenFull::refuse)};
  const int accepted = fill(sink.actor);
  sink.actor.kill();
  const pactor::Exit exit = sink.actor.join();
  EXPECT_EQ(exit.kind, pactor::Exit::Kind::killed);
  EXPECT_EQ(exit.unprocessed, static_cast<std::uint64_t>(accepted));
  EXPECT_TRUE(contains(exit.explain(), ", " + std::to_string(accepted) + " messages unprocessed"))
      << exit.explain();
}

TEST_F(Mailboxes, ExitCountsWhatAllSendersAndTheActorItselfHadLeft) {
  Blocked sink{Options{.name = "sink"}};
  const Actor<Sink> other;
  for (int i = 0; i < 3; ++i) sink.actor->take(i, "");
  EXPECT_EQ(other.ask()->flood(sink.actor.proxy(), 4).get(), 4);
  pactor::Reply<int> asked = sink.actor.ask()->add(1, 2);
  sink.actor.kill();
  EXPECT_THROW(asked.get(), pactor::ActorDied);
  EXPECT_EQ(sink.actor.join().unprocessed, 8u);
}

// ---- Asks on their way -----------------------------------------------------------------------

void ask_many(const Actor<Sink>& sink, int count) {
  std::vector<pactor::Reply<int>> replies;
  replies.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) replies.push_back(sink.ask()->add(i, 1));
  for (int i = count; i-- > 0;) {  // the last first, so that all are there at once
    ASSERT_EQ(replies[static_cast<std::size_t>(i)].get(), i + 1);
  }
}

TEST_F(Mailboxes, AskBeyondThoseThatAreUnansweredIsRefusedAndTheTextSaysWhy) {
  Blocked sink{Options{.name = "sink", .mailbox = {.when_full = WhenFull::refuse}}};
  std::vector<pactor::Reply<int>> replies;
  for (int i = 0; i < 256; ++i) replies.push_back(sink.actor.ask()->add(i, 1));
  const std::string text =
      text_of<Overloaded>([&] { static_cast<void>(sink.actor.ask()->add(0, 0)); });
  EXPECT_TRUE(contains(text, "'sink' has 256 asks of this process to answer")) << text;
  EXPECT_TRUE(contains(text, "add was not sent")) << text;
  sink.let_go();
  EXPECT_EQ(replies.back().get(), 256);
  EXPECT_EQ(sink.actor.ask()->add(1, 2).get(), 3);
}

TEST_F(Mailboxes, FiveThousandAsksMayBeOnTheirWayFromOneThread) {
  const Actor<Sink> sink;
  ask_many(sink, 5000);
}

TEST_F(Mailboxes, ThousandsOfAsksMayBeOnTheirWayFromEightThreads) {
  const Actor<Sink> sink;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) threads.emplace_back([&] { ask_many(sink, 1000); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
