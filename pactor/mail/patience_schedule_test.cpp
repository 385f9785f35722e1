// Whom those who wait look for, and whom they sleep for at once: each side says where it runs, and each wait asks the
// other side's word.

#include "tests/one_cpu.hpp"
#include "tests/schedule.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string_view>

namespace pactor::mail {
namespace {

std::atomic<int> waits_that_look;

void count(const char* point) {
  if (point == std::string_view("patience: looks again")) ++waits_that_look;
  Hold::at(point);
}

// All threads are on one CPU. What is said to run elsewhere says so against the truth.
class WhereTheyRun : public Schedule {
 protected:
  WhereTheyRun() : Schedule(/*rings=*/1) {
    pause_hook = &count;
    waits_that_look = 0;
  }

  // The actor comes by wait() while there is something, and says where it runs.
  void let_the_actor_say_it() {
    pair_.mailbox.wait();
    EXPECT_EQ(pair_.doorbell().cpu.load(), this_cpu());
  }
  [[nodiscard]] std::uint32_t elsewhere() const { return this_cpu() + 1; }

  // Goes to sleep without a second look; and then, when `act` has happened, ends.
  static void expect_sleep_at_once(const std::function<void()>& wait,
                                   const std::function<void()>& act) {
    Player player("waiting", wait);
    EXPECT_TRUE(player.sleeps());
    EXPECT_EQ(waits_that_look, 0);
    act();
    EXPECT_TRUE(player.ends_in_time());
  }
  // Looks again before it goes to sleep.
  static void expect_look(const std::function<void()>& wait, const std::function<void()>& act) {
    Hold looking("waiting", "patience: looks again");
    Player player("waiting", wait);
    EXPECT_TRUE(looking.reached());
    looking.release();
    act();
    EXPECT_TRUE(player.ends_in_time());
  }

  const pactor::testing::OnOneCpu here_;
};

TEST_F(WhereTheyRun, ActorThatWaitsForASenderOnItsCpuSleepsAtOnce) {
  ASSERT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(a_.memory->sender_page().cpu.load(), this_cpu());
  EXPECT_EQ(take_one(), 1U);
  expect_sleep_at_once([this] { pair_.mailbox.wait(); }, [this] { tell(a_, 2); });
}

TEST_F(WhereTheyRun, ActorLooksForASenderElsewhere) {
  ASSERT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(take_one(), 1U);
  a_.memory->sender_page().cpu = elsewhere();
  expect_look([this] { pair_.mailbox.wait(); }, [this] { tell(a_, 2); });
}

// The ask of a thread that is new, and has no experience yet, to an actor that answers.
class AskWhereTheyRun : public WhereTheyRun {
 protected:
  void SetUp() override {
    ASSERT_EQ(a_.outlet->ask(1, {}, kPast, ask_), Sent::accepted);
    let_the_actor_say_it();
    letter_ = next(pair_.mailbox);
    ASSERT_NE(letter_, nullptr);
  }

  void wait() { EXPECT_TRUE(a_.outlet->asks().wait(ask_, os::kNever)); }
  void answer() {
    pair_.mailbox.inlet().answer(*letter_, ReplyStatus::value, bytes(8), 1);
    pair_.mailbox.finish();
  }

  Ask ask_;
  const Letter* letter_ = nullptr;
};

TEST_F(AskWhereTheyRun, AskerOfAnActorOnItsCpuSleepsAtOnce) {
  expect_sleep_at_once([this] { wait(); }, [this] { answer(); });
}

TEST_F(AskWhereTheyRun, AskerLooksForAnActorElsewhere) {
  pair_.doorbell().cpu = elsewhere();
  expect_look([this] { wait(); }, [this] { answer(); });
}

class FullWhereTheyRun : public WhereTheyRun {
 protected:
  void SetUp() override {
    while (a_.outlet->tell(1, bytes(1000), kPast) == Sent::accepted) ++messages_;
    let_the_actor_say_it();
  }

  void wait() { EXPECT_EQ(a_.outlet->tell(1, bytes(1000), os::kNever), Sent::accepted); }
  void take_all_and_the_one_that_waits() {
    for (int i = 0; i < messages_ + 1; ++i) take_one();
  }

  int messages_ = 0;
};

TEST_F(FullWhereTheyRun, SenderThatWaitsForRoomSleepsAtOnceForAnActorOnItsCpu) {
  expect_sleep_at_once([this] { wait(); }, [this] { take_all_and_the_one_that_waits(); });
}

TEST_F(FullWhereTheyRun, SenderThatWaitsForRoomLooksForAnActorElsewhere) {
  pair_.doorbell().cpu = elsewhere();
  expect_look([this] { wait(); }, [this] { take_all_and_the_one_that_waits(); });
}

}  // namespace
}  // namespace pactor::mail
