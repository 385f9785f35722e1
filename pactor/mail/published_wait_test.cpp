// What an actor publishes of its waits, and when the keeper takes it for true.

#include "tests/mail_pair.hpp"

#include <pactor/mail/published_wait.hpp>

#include <gtest/gtest.h>

#include <optional>

namespace pactor::mail {
namespace {

class PublishedWaits : public ::testing::Test {
 protected:
  MailPair own_, target_;
  Line line_ = target_.open(kFirstFreeChannel);
  const Route route_{.actor = kActor, .channel = kFirstFreeChannel};

  [[nodiscard]] std::optional<Wait> published() const { return read_wait(own_.mailbox.control()); }
  [[nodiscard]] bool unanswered(const Ask& ask) const {
    return is_unanswered(line_.memory->fd, {.route = route_, .ask = ask, .turn = 1});
  }
  Word64& state(std::uint16_t slot) const {
    return line_.memory->receiver.as<ReplySlot>(kSlotsOffset)[slot].state;
  }
};

TEST_F(PublishedWaits, AreReadAsTheyAreAndGoneWhenTheyEnd) {
  EXPECT_FALSE(published().has_value());
  std::uint64_t turn = 0;
  for (std::uint64_t number = 1; number < 4; ++number) {
    const PublishedWait wait(own_.doorbell(), own_.mailbox.control(), target_.doorbell(), route_,
                             {.slot = 9, .number = number});
    const auto seen = published();
    ASSERT_TRUE(seen.has_value());
    EXPECT_EQ(seen->route.actor, kActor);
    EXPECT_EQ(seen->route.channel, kFirstFreeChannel);
    EXPECT_EQ(seen->ask.slot, 9u);
    EXPECT_EQ(seen->ask.number, number);
    EXPECT_GT(seen->turn, turn);
    turn = seen->turn;
  }
  EXPECT_FALSE(published().has_value());
}

TEST_F(PublishedWaits, MayCloseACycleOnlyWhereOneIsWaitedForAndTheOtherWaits) {
  const auto wait = [](MailPair& from, MailPair& to) {
    return std::make_unique<PublishedWait>(from.doorbell(), from.mailbox.control(), to.doorbell(),
                                           Route{}, Ask{});
  };
  MailPair third;
  const auto first = wait(own_, target_);
  EXPECT_FALSE(first->may_close_a_cycle()) << "nobody waits for it, and its target does not wait";
  auto into = wait(third, own_);
  EXPECT_FALSE(into->may_close_a_cycle()) << "nobody waits for it";
  EXPECT_FALSE(first->may_close_a_cycle()) << "its target does not wait";
  into.reset();
  EXPECT_TRUE(wait(target_, own_)->may_close_a_cycle());
  EXPECT_FALSE(first->may_close_a_cycle()) << "all has been taken back";
}

TEST_F(PublishedWaits, OfAProcessThatDiedAreTakenBackOnce) {
  alignas(PublishedWait) std::byte room[sizeof(PublishedWait)];  // never destroyed: it dies
  ::new (room) PublishedWait(own_.doorbell(), own_.mailbox.control(), target_.doorbell(), route_,
                             {.slot = 0, .number = 1});
  for (int i = 0; i < 2; ++i) {
    withdraw_wait(own_.doorbell(), own_.mailbox.control());
    EXPECT_FALSE(published().has_value());
    EXPECT_EQ(own_.doorbell().waits.load(), 0u);
  }
}

TEST_F(PublishedWaits, AreUnansweredUntilTheAnswerComes) {
  Ask ask;
  ASSERT_EQ(line_.outlet->ask(1, {}, kPast, ask), Sent::accepted);
  EXPECT_TRUE(unanswered(ask));
  const Letter* letter = next(target_.mailbox);
  ASSERT_NE(letter, nullptr);
  EXPECT_TRUE(unanswered(ask)) << "it is being processed";
  target_.mailbox.inlet().answer(*letter, ReplyStatus::value, {}, 1);
  EXPECT_FALSE(unanswered(ask));
}

TEST_F(PublishedWaits, AreAnsweredThoughALaterAskHasTakenTheSlot) {
  const Ask ask{.slot = 3, .number = 100};
  Word64& awaited = line_.memory->sender_page().awaited[3];
  awaited.store(100 << 1 | 1);
  state(3).store(pack_reply(99, ReplyStatus::value));
  EXPECT_TRUE(unanswered(ask));
  state(3).store(pack_reply(100, ReplyStatus::value));
  EXPECT_FALSE(unanswered(ask));
  awaited.store(0);  // moved away
  EXPECT_FALSE(unanswered(ask));
  awaited.store(101 << 1);
  state(3).store(pack_reply(101, ReplyStatus::value));
  EXPECT_FALSE(unanswered(ask));
}

TEST_F(PublishedWaits, ThatMakeNoSenseAreNotFollowed) {
  EXPECT_FALSE(unanswered({.slot = kReplySlots, .number = 1}));
  EXPECT_FALSE(unanswered({.slot = 0xFFFF, .number = 1}));
}

}  // namespace
}  // namespace pactor::mail
