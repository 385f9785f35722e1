// Messages that are not delivered: who is told, what is counted, what is said.

#include "processes.hpp"
#include "run_program.hpp"

#include <pactor/pactor.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace app {

class Journal {
 public:
  void note(std::uint64_t number) { numbers_.push_back(number); }
  std::vector<std::uint64_t> numbers() const { return numbers_; }

 private:
  std::vector<std::uint64_t> numbers_;
};
PACTOR_ACTOR(Journal, note, numbers);

class Looping;
PACTOR_ACTOR(Looping, loop, tell_to, its_dead_letters);
// Sends itself a message too many, after its close.
class Looping {
 public:
  Looping() = default;
  explicit Looping(pactor::Proxy<Journal> journal) : journal_(std::move(journal)) {}
  ~Looping() {
    if (!journal_) return;
    pactor::self(this)->loop();
    journal_->note(pactor::dead_letters());
  }
  Looping(const Looping&) = delete;
  Looping& operator=(const Looping&) = delete;

  void loop() { pactor::self(this)->loop(); }
  void tell_to(pactor::Proxy<Journal> other) { other->note(1); }
  std::uint64_t its_dead_letters() const { return pactor::dead_letters(); }

 private:
  pactor::Proxy<Journal> journal_;
};

}  // namespace app

namespace {

using namespace processes;
using app::Journal;
using pactor::Actor;
using pactor::DeadLetter;
using pactor::Options;
using Reason = pactor::DeadLetter::Reason;

// Who has ended, with a proxy to it.
pactor::Proxy<Journal> ended(const std::string& name) {
  Actor<Journal> actor{Options{.name = name}};
  actor.kill();
  actor.join();
  return actor.proxy();
}

class DeadLetters : public ProcessTest {
 protected:
  void TearDown() override {
    pactor::on_dead_letter({});
    ProcessTest::TearDown();
  }
};

TEST_F(DeadLetters, AreHandedOverWithActorAndMethodAndCause) {
  std::vector<DeadLetter> lost;
  pactor::on_dead_letter([&](const DeadLetter& letter) { lost.push_back(letter); });
  const auto gone = ended("gone");
  gone->note(1);
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].actor, gone.id());
  EXPECT_EQ(lost[0].name, "gone");
  EXPECT_EQ(lost[0].method, "note");
  EXPECT_EQ(lost[0].reason, Reason::actor_ended);
  ASSERT_TRUE(lost[0].exit.has_value());
  EXPECT_EQ(lost[0].exit->kind, pactor::Exit::Kind::killed);
  EXPECT_EQ(lost[0].explain(),
            "note to 'gone' was not delivered: actor 'gone' was killed: kill() was called");
}

TEST_F(DeadLetters, AreCountedPerActorAndReasonAndInAll) {
  pactor::on_dead_letter([](const DeadLetter&) {});
  const auto one = ended("one"), other = ended("other");
  const Actor<Journal> alive;
  const std::uint64_t before = pactor::dead_letters();
  for (std::uint64_t i = 0; i < 3; ++i) one->note(i);
  for (std::uint64_t i = 0; i < 4; ++i) other->note(i);
  alive->note(1);
  EXPECT_EQ(pactor::dead_letters(one), 3u);
  EXPECT_EQ(pactor::dead_letters(one, Reason::actor_ended), 3u);
  EXPECT_EQ(pactor::dead_letters(one, Reason::mailbox_full), 0u);
  EXPECT_EQ(pactor::dead_letters(other), 4u);
  EXPECT_EQ(pactor::dead_letters(alive.proxy()), 0u);
  EXPECT_EQ(pactor::dead_letters(), before + 7);
  EXPECT_EQ(pactor::dead_letters(pactor::Proxy<Journal>()), 0u);
}

TEST_F(DeadLetters, OfAnActorAreItsOwn) {
  const auto gone = ended("gone");
  testing::internal::CaptureStderr();
  {
    const Actor<app::Looping> sender;
    sender->tell_to(gone);
    EXPECT_EQ(sender.ask()->its_dead_letters().get(), 1u);
  }
  EXPECT_TRUE(contains(testing::internal::GetCapturedStderr(), "note to 'gone' was not delivered"));
  EXPECT_EQ(pactor::dead_letters(gone), 0u);
}

TEST_F(DeadLetters, AsksAreNone) {
  const auto gone = ended("gone");
  EXPECT_THROW(gone.ask()->note(1).get(), pactor::ActorDied);
  EXPECT_EQ(pactor::dead_letters(gone), 0u);
}

TEST_F(DeadLetters, OfAnActorToItselfAfterItsCloseAreNeitherCountedNorSaid) {
  Actor<Journal> journal;
  testing::internal::CaptureStderr();
  {
    const Actor<app::Looping> looping{journal.proxy()};
    looping->loop();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(journal.ask()->numbers().get(), std::vector<std::uint64_t>{0});
}

TEST_F(DeadLetters, WhatTheHandlerThrowsDoesNotReachTheSender) {
  const auto gone = ended("gone");
  testing::internal::CaptureStderr();
  pactor::on_dead_letter([](const DeadLetter&) { throw std::runtime_error("no ink"); });
  EXPECT_NO_THROW(gone->note(1));
  pactor::on_dead_letter([](const DeadLetter&) { throw 42; });
  EXPECT_NO_THROW(gone->note(2));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(contains(said, "no ink") && contains(said, "note to 'gone'")) << said;
  EXPECT_EQ(pactor::dead_letters(gone), 2u);
}

TEST_F(DeadLetters, HandlerMaySendAndAskAndLoseMessagesOfItsOwn) {
  const auto gone = ended("gone");
  const Actor<Journal> journal;
  std::vector<std::uint64_t> seen;
  pactor::on_dead_letter([&](const DeadLetter&) {
    journal->note(7);
    seen = journal.ask()->numbers().get();
    gone->note(8);  // counted, but not handed to this function, or there would be no end
    pactor::on_dead_letter([](const DeadLetter&) {});
  });
  gone->note(1);
  EXPECT_EQ(seen, std::vector<std::uint64_t>{7});
  EXPECT_EQ(pactor::dead_letters(gone), 2u);
}

TEST_F(DeadLetters, OfManyThreadsAreEachHandedOverOnceThoughHandlersChange) {
  const auto gone = ended("gone");
  std::atomic<std::uint64_t> handed_over{0};
  const auto handler = [&](const DeadLetter&) { ++handed_over; };
  pactor::on_dead_letter(handler);
  constexpr int kThreads = 4, kEach = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < kEach; ++i) gone->note(i);
    });
  }
  for (int i = 0; i < 1000; ++i) pactor::on_dead_letter(handler);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(handed_over, std::uint64_t{kThreads * kEach});
  EXPECT_EQ(pactor::dead_letters(gone), std::uint64_t{kThreads * kEach});
}

TEST_F(DeadLetters, WithoutAHandlerAreSaidAtOnceAndInFewLines) {
  const auto gone = ended("gone");
  pactor::on_dead_letter([](const DeadLetter&) {});
  pactor::on_dead_letter(nullptr);
  testing::internal::CaptureStderr();
  constexpr std::uint64_t kMessages = 100'000;
  for (std::uint64_t i = 0; i < kMessages; ++i) gone->note(i);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(said.starts_with("pactor: note to 'gone' was not delivered: actor 'gone' was killed"))
      << said;
  EXPECT_LT(std::ranges::count(said, '\n'), 1000) << "one line a second, on any machine";
  EXPECT_EQ(pactor::dead_letters(gone), kMessages);
}

TEST_F(DeadLetters, WhatIsLeftUnsaidIsSaidWhenTheProcessEnds) {
  using namespace pactor::testing;
  const FinishedRun run = run_program({test_program("dead_letters_subject")});
  EXPECT_EQ(run.status, 0);
  for (const char* line : {"pactor: 2 more messages were not delivered: 2 to 'gone' (ended)\n",
                           "pactor: 4 more messages were not delivered: 4 to 'gone' (ended)\n"}) {
    EXPECT_TRUE(contains(run.output, line)) << run.output;
  }
}

}  // namespace
