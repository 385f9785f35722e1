// What is known of a message in progress, should its receiver die at that moment.

#include <pactor/mail/succession.hpp>

#include "tests/schedule.hpp"

#include <gtest/gtest.h>

namespace pactor::mail {
namespace {

TEST_F(Schedule, MessageIsInProgressAndHasANameFromWhenItIsTakenUntilItIsFinished) {
  const Control& control = pair_.mailbox.control();
  const auto in_progress = [&] { return message_in_progress(a_.memory->fd); };
  Hold hold("actor", "take: before taken");
  EXPECT_EQ(tell(a_, 7), Sent::accepted);
  Player actor("actor", [&] { EXPECT_EQ(next(pair_.mailbox)->method, 7U); });
  ASSERT_TRUE(hold.reached());
  EXPECT_EQ(control.running_method.load(), 7U);
  const std::uint32_t channel = control.running_channel.load();
  EXPECT_FALSE(in_progress()) << "a successor would take it";
  hold.release();
  ASSERT_TRUE(actor.ends_in_time());
  EXPECT_EQ(channel, pair_.mailbox.inlet().channel());
  EXPECT_TRUE(in_progress());
  pair_.mailbox.finish();
  EXPECT_FALSE(in_progress());
}

}  // namespace
}  // namespace pactor::mail
