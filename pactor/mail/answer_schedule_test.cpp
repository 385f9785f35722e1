// Bad schedules for answers: whoever waits for one, or for a slot for one, is woken.

#include "tests/schedule.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace pactor::mail {
namespace {

class Answering : public Schedule {
 protected:
  Answering() { inlet_ = std::make_unique<Inlet>(Route{kActor, 3}, a_.memory->fd, pair_.depot); }

  Letter receive(std::uint64_t number) {
    while (inlet_->look()) {
      const Letter letter = *inlet_->front();
      inlet_->begin();
      inlet_->finish();
      if (letter.number == number) return letter;
    }
    ADD_FAILURE() << "no ask " << number;
    return {};
  }
  Ask ask() {
    Ask made;
    EXPECT_EQ(a_.outlet->ask(1, {}, kPast, made), Sent::accepted);
    return made;
  }
  void answer(const Letter& letter) { inlet_->answer(letter, ReplyStatus::value, bytes(8), 1); }
  void wake(std::uint16_t slot) {
    auto& state = a_.memory->receiver.as<ReplySlot>(kSlotsOffset)[slot].state;
    state.store(pack_reply(1ULL << 40, ReplyStatus::died));
    os::futex_wake(low_half(state), 100);
  }

  std::unique_ptr<Inlet> inlet_;
};

TEST_F(Answering, AnswerAtAnyStepOfTheAskerIsSeen) {
  for (const char* point : {"ask: not ready", "ask: before flag", "ask: flagged"}) {
    const Ask made = ask();
    const Letter letter = receive(made.number);
    Hold hold("asker", point);
    Player asker("asker", [&] { EXPECT_TRUE(a_.outlet->asks().wait(made, os::kNever)); });
    ASSERT_TRUE(hold.reached());
    answer(letter);
    hold.release();
    EXPECT_TRUE(asker.ends_in_time()) << point;
    a_.outlet->asks().forget(made);
  }
}

TEST_F(Answering, AskerThatSleepsIsWokenAtAnyStepOfTheReceiver) {
  for (const char* point : {"answer: before state", "answer: stored"}) {
    const Ask made = ask();
    const Letter letter = receive(made.number);
    Hold hold("actor", point);
    Player actor("actor", [&] { answer(letter); });
    ASSERT_TRUE(hold.reached());
    Player asker("asker", [&] { EXPECT_TRUE(a_.outlet->asks().wait(made, os::kNever)); });
    if (point == std::string_view("answer: before state")) {
      EXPECT_TRUE(asker.sleeps());
    }
    hold.release();
    EXPECT_TRUE(asker.ends_in_time()) << point;
    EXPECT_TRUE(actor.ends_in_time());
    a_.outlet->asks().forget(made);
  }
}

TEST_F(Answering, ReceiverKilledBeforeItWakesLeavesNobodyAsleep) {
  const Ask made = ask();
  const Letter letter = receive(made.number);
  Player asker("asker", [&] { EXPECT_TRUE(a_.outlet->asks().wait(made, os::kNever)); });
  ASSERT_TRUE(asker.sleeps());
  a_.memory->receiver.as<ReplySlot>(kSlotsOffset)[letter.slot].state.store(
      pack_reply(letter.number, ReplyStatus::value));  // and is killed
  announce_end(a_.memory->fd, {}, 0);
  EXPECT_TRUE(asker.ends_in_time());
  EXPECT_EQ(a_.outlet->asks().read(made).status, ReplyStatus::value);
}

// Slots have run out: one thread waits for the oldest answer, which is another thread's.
class SlotsRunOut : public Answering {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < kReplySlots; ++i) asks_.push_back(ask());
    while (inlet_->look()) {
      letters_.push_back(*inlet_->front());
      inlet_->begin();
      inlet_->finish();
    }
    ASSERT_EQ(letters_.size(), kReplySlots);
  }

  std::vector<Ask> asks_;
  std::vector<Letter> letters_;
};

TEST_F(SlotsRunOut, WhoWaitsForOneIsWokenThoughItsOwnerGivesItBackFirst) {
  Hold flagged("waiting", "ask: flagged");
  Sent sent = Sent::full;
  Player waiting("waiting", [&] {
    Ask late;
    sent = a_.outlet->ask(1, {}, os::kNever, late);
  });
  ASSERT_TRUE(flagged.reached());
  flagged.release();
  ASSERT_TRUE(waiting.sleeps());
  Hold stored("actor", "answer: stored");  // it has not looked whether somebody sleeps
  Player actor("actor", [&] { answer(letters_[0]); });
  ASSERT_TRUE(stored.reached());
  EXPECT_TRUE(a_.outlet->asks().wait(asks_[0], kPast));
  a_.outlet->asks().forget(asks_[0]);
  stored.release();
  EXPECT_TRUE(actor.ends_in_time());
  EXPECT_TRUE(waiting.ends_in_time()) << "the wake-up was lost";
  wake(asks_[0].slot);
  EXPECT_EQ(sent, Sent::accepted);
}

TEST_F(SlotsRunOut, OwnerIsWokenThoughAnotherThreadMovesItsAnswerFirst) {
  Player owner("owner", [&] { EXPECT_TRUE(a_.outlet->asks().wait(asks_[0], os::kNever)); });
  ASSERT_TRUE(owner.sleeps());
  Hold stored("actor", "answer: stored");
  Player actor("actor", [&] { answer(letters_[0]); });
  ASSERT_TRUE(stored.reached());
  const Ask other = ask();  // takes the slot
  EXPECT_EQ(other.slot, asks_[0].slot);
  stored.release();
  EXPECT_TRUE(actor.ends_in_time());
  EXPECT_TRUE(owner.ends_in_time()) << "the wake-up was lost";
  wake(asks_[0].slot);
  EXPECT_TRUE(same(a_.outlet->asks().read(asks_[0]).bytes, bytes(8)));
}

TEST_F(SlotsRunOut, WhoWaitsForOneLeavesItAloneOnceItIsAnotherAsks) {
  Hold before("waiting", "ask: before flag");
  Player waiting("waiting", [&] {
    Ask late;
    EXPECT_EQ(a_.outlet->ask(1, {}, os::kNever, late), Sent::accepted);
  });
  ASSERT_TRUE(before.reached());
  answer(letters_[0]);
  a_.outlet->asks().forget(asks_[0]);
  const Ask again = ask();
  ASSERT_EQ(again.slot, asks_[0].slot);
  answer(letters_[1]);  // for the one who waits
  before.release();
  EXPECT_TRUE(waiting.ends_in_time());
  EXPECT_EQ(a_.memory->sender_page().awaited[again.slot].load() >> 1, again.number);
  wake(again.slot);
}

}  // namespace
}  // namespace pactor::mail
