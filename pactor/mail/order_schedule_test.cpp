// Bad schedules for causal order: what a round takes, and what it leaves for the next.

#include "tests/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pactor::mail {
namespace {

class OrderSchedule : public Schedule {
 protected:
  // A's message, and B's that is its consequence, are sent while the actor is held at `point`.
  void expect_order_though_sent_at(const char* point) {
    Hold hold("actor", point);
    std::vector<std::uint64_t> order;
    Player actor("actor", [&] { order = take_all(); });
    ASSERT_TRUE(hold.reached());
    EXPECT_EQ(tell(a_, 1), Sent::accepted);
    EXPECT_EQ(tell(b_, 2), Sent::accepted);
    hold.release();
    ASSERT_TRUE(actor.ends_in_time());
    EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2}));
  }
};

TEST_F(OrderSchedule, MessageThatCameBehindTheFirstLookGoesBeforeItsConsequence) {
  expect_order_though_sent_at("round: looked at a channel");  // at A, where there was nothing
}

TEST_F(OrderSchedule, MessageInARestingChannelGoesBeforeItsConsequence) {
  ASSERT_NO_FATAL_FAILURE(put_to_rest());
  EXPECT_EQ(tell(b_, 10), Sent::accepted);  // B is looked at from now on, A is not
  EXPECT_EQ(take_one(), 10U);
  expect_order_though_sent_at("round: rings collected");
}

TEST_F(OrderSchedule, MessageInAChannelThatIsNewGoesBeforeItsConsequence) {
  Hold hold("actor", "round: rings collected");
  const Letter* first = nullptr;
  Player actor("actor", [&] { first = pair_.mailbox.take(); });
  ASSERT_TRUE(hold.reached());
  Line c = pair_.open_unattached(5);
  ring(pair_.doorbell(), kNewsChannel);  // as the keeper does before it hands the channel out
  EXPECT_EQ(tell(c, 1), Sent::accepted);
  EXPECT_EQ(tell(b_, 2), Sent::accepted);
  hold.release();
  ASSERT_TRUE(actor.ends_in_time());
  EXPECT_EQ(first, nullptr);
  EXPECT_TRUE(pair_.mailbox.take_news());
  pair_.mailbox.attach(5, c.memory->fd);
  EXPECT_EQ(take_all(), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(OrderSchedule, MessageThatARoundHasToLeaveOutIsNotForgotten) {
  // A's clock is behind B's, so what A commits between the looks bounds the round below B's message.
  Word64 last{0};
  Stamper behind(&last);
  Outlet a(Route{kActor, 3}, a_.memory->fd, pair_.mailbox_memory, behind, pair_.lifeline,
           pair_.depot);
  pair_.stamper.raise(pair_.stamper.next() + 500'000'000);
  EXPECT_EQ(tell(b_, 2), Sent::accepted);
  Hold hold("actor", "round: after the first look");
  std::vector<std::uint64_t> order;
  Player actor("actor", [&] {
    for (int i = 0; i < 2; ++i) order.push_back(take_one());
  });
  ASSERT_TRUE(hold.reached());
  EXPECT_EQ(a.tell(1, bytes(8), kPast), Sent::accepted);
  hold.release();
  const bool in_time = actor.ends_in_time();
  if (!in_time) tell(b_, 3);  // so that it ends at all
  ASSERT_TRUE(in_time) << "it sleeps over a message";
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(OrderSchedule, MessageBeyondTheWindowBoundsTheRound) {
  for (std::uint64_t i = 0; i < 40; ++i) EXPECT_EQ(tell(a_, i), Sent::accepted);
  EXPECT_EQ(tell(b_, 40), Sent::accepted);
  EXPECT_EQ(tell(a_, 41), Sent::accepted);
  const auto order = take_all();
  ASSERT_EQ(order.size(), 42U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

}  // namespace
}  // namespace pactor::mail
