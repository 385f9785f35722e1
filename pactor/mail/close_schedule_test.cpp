// Bad schedules for a close: what is sent around it is accepted and processed, or neither.

#include "tests/schedule.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace pactor::mail {
namespace {

TEST_F(Schedule, TellThatTheClosingActorDoesNotFindIsNotAccepted) {
  Hold hold("sender", "commit: before header");  // it has seen that the actor is open
  Sent sent = Sent::full;
  Player sender("sender", [&] { sent = tell(a_, 1); });
  ASSERT_TRUE(hold.reached());
  pair_.mailbox.close();
  hold.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::closed);
}

TEST_F(Schedule, AskThatTheClosingActorDoesNotFindIsNotAccepted) {
  Hold hold("sender", "commit: before header");
  Sent sent = Sent::full;
  Ask ask;
  Player sender("sender", [&] { sent = a_.outlet->ask(1, {}, os::kNever, ask); });
  ASSERT_TRUE(hold.reached());
  pair_.mailbox.close();
  hold.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::closed);
}

TEST_F(Schedule, AskThatTheLastLookFindsIsRefusedAndNotLeftWithoutAnswer) {
  Hold committed("sender", "write: committed");
  Sent sent = Sent::full;
  Ask ask;
  Player sender("sender", [&] { sent = a_.outlet->ask(1, {}, os::kNever, ask); });
  ASSERT_TRUE(committed.reached());
  Hold closed("actor", "close: closed stored");
  Player actor("actor", [this] { pair_.mailbox.close(); });
  ASSERT_TRUE(closed.reached());
  closed.release();
  ASSERT_TRUE(actor.ends_in_time());
  committed.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
  ASSERT_TRUE(a_.outlet->asks().ready(ask));
  EXPECT_EQ(a_.outlet->asks().read(ask).status, ReplyStatus::refused);
}

TEST_F(Schedule, AskThatComesBetweenClosedAndTheLastLookIsRefused) {
  Hold before("sender", "commit: before header");
  Hold after("sender", "write: rung");
  Sent sent = Sent::full;
  Ask ask;
  Player sender("sender", [&] { sent = a_.outlet->ask(1, {}, os::kNever, ask); });
  ASSERT_TRUE(before.reached());
  Hold closed("actor", "close: closed stored");
  Player actor("actor", [this] { pair_.mailbox.close(); });
  ASSERT_TRUE(closed.reached());
  before.release();
  ASSERT_TRUE(after.reached());
  closed.release();
  ASSERT_TRUE(actor.ends_in_time());
  after.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
  EXPECT_TRUE(a_.outlet->asks().ready(ask));
}

TEST_F(Schedule, MessageThatWasProcessedBeforeTheCloseIsAcceptedHoweverLateItsSenderLooks) {
  Hold hold("sender", "write: rung");
  Sent sent = Sent::full;
  Player sender("sender", [&] { sent = tell(a_, 1); });
  ASSERT_TRUE(hold.reached());
  EXPECT_EQ(take_all(), std::vector<std::uint64_t>{1});
  pair_.mailbox.close();
  hold.release();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
}

TEST_F(Schedule, AskIsFailedByTheKeeperWhereverItMeetsTheEnd) {
  for (const char* point : {"commit: before header", "write: committed", "write: rung"}) {
    Line line = pair_.open(9);
    Hold hold("sender", point);
    Sent sent = Sent::full;
    Ask ask;
    Player sender("sender", [&] {
      sent = line.outlet->ask(1, {}, os::kNever, ask);
      if (sent != Sent::accepted) return;
      EXPECT_TRUE(line.outlet->asks().wait(ask, os::kNever));
      EXPECT_EQ(line.outlet->asks().read(ask).status, ReplyStatus::died);
    });
    ASSERT_TRUE(hold.reached());
    announce_end(line.memory->fd, {}, 0);
    hold.release();
    EXPECT_TRUE(sender.ends_in_time()) << point;
  }
}

}  // namespace
}  // namespace pactor::mail
