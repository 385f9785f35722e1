// Reply slots, the arena and parcels: what an asker gets, and what becomes of what nobody reads.

#include "tests/mail_ends.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace pactor::mail {
namespace {

class AnswersTest : public ::testing::Test, protected Ends {
 protected:
  // An answer comes, is read and given back.
  void expect_answer(std::size_t size) {
    Ask sent;
    const Letter letter = ask(sent);
    EXPECT_FALSE(outlet.asks().ready(sent));
    ASSERT_NO_THROW(answer(letter, bytes(size, size))) << size;
    ASSERT_TRUE(outlet.asks().wait(sent, kPast)) << size;
    const Answer came = outlet.asks().read(sent);
    EXPECT_EQ(came.status, ReplyStatus::value);
    EXPECT_TRUE(same(came.bytes, bytes(size, size))) << size;
    outlet.asks().forget(sent);
  }

  [[nodiscard]] ReplySlot& slot(const Ask& ask) const {
    return memory.receiver.as<ReplySlot>(kSlotsOffset)[ask.slot];
  }
  // An answer as no Answers would give it.
  void forge(const Ask& ask, std::uint32_t bytes, ReplyPlace place, std::uint64_t where,
             std::uint64_t last_use = 0) const {
    slot(ask).bytes = bytes;
    slot(ask).place = place;
    slot(ask).ref = {.where = where, .descriptors = 0, .last_use = last_use};
    slot(ask).state.store(pack_reply(ask.number, ReplyStatus::value));
  }
};

TEST_F(AnswersTest, OfEverySizeArriveWhole) {
  for (std::size_t size = 0; size <= 600; ++size) ASSERT_NO_FATAL_FAILURE(expect_answer(size));
  for (const std::size_t near : {kArenaReplyBytes, kArenaBytes, std::size_t{1} << 20}) {
    for (std::size_t less = 0; less <= 16; ++less) {
      ASSERT_NO_FATAL_FAILURE(expect_answer(near + 8 - less));
    }
  }
}

TEST_F(AnswersTest, FindNoMemoryAndSaySoThenAnotherIsGiven) {
  Ask sent;
  const Letter letter = ask(sent);
  pair.depot.refuses = true;
  EXPECT_THROW(answer(letter, bytes(kArenaReplyBytes + 1)), Error);
  EXPECT_FALSE(outlet.asks().ready(sent));
  answer(letter, bytes(8));  // something else instead
  EXPECT_TRUE(outlet.asks().ready(sent));
}

TEST_F(AnswersTest, ThatFindTheArenaFullLieInParcelsWhichAreUsedAgain) {
  std::vector<Ask> asks(3 * kArenaBytes / kArenaReplyBytes);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < asks.size(); ++i) {
      answer(ask(asks[i]), bytes(kArenaReplyBytes - i, i));
    }
    for (std::size_t i = asks.size(); i-- > 0;) {
      ASSERT_TRUE(same(outlet.asks().read(asks[i]).bytes, bytes(kArenaReplyBytes - i, i))) << i;
      outlet.asks().forget(asks[i]);
    }
  }
  EXPECT_EQ(pair.depot.reserved, 2 * kArenaBytes / kArenaReplyBytes);
}

TEST_F(AnswersTest, InAParcelThatNobodyReadsAreGivenUp) {
  for (int i = 0; i < 5; ++i) {
    Ask abandoned;
    const Letter letter = ask(abandoned);
    outlet.asks().forget(abandoned);
    answer(letter, bytes(std::size_t{100} << 20));  // too long to be kept for use again
    Ask next;
    answer(ask(next), bytes(1));
    outlet.asks().forget(next);
  }
  EXPECT_LE(pair.depot.parcels.size(), 2U);
}

TEST_F(AnswersTest, CarryTheTicketOfTheirDescriptorsWhichIsDiscardedUnread) {
  Ask sent;
  inlet.answer(ask(sent), ReplyStatus::value, Payload(bytes(5), 77), 1);
  const Answer came = outlet.asks().read(sent);
  EXPECT_EQ(came.descriptors, 77U);
  EXPECT_TRUE(same(came.bytes, bytes(5)));
  outlet.asks().forget(sent);
  Ask unread;
  inlet.answer(ask(unread), ReplyStatus::value, Payload(bytes(5), 78), 1);
  outlet.asks().forget(unread);
  EXPECT_TRUE(std::ranges::count(pair.depot.discarded, 78U) == 1);
}

TEST_F(AnswersTest, OneThatIsKeptDoesNotHoldUpOthers) {
  Ask kept;
  ASSERT_NO_THROW(answer(ask(kept), bytes(30'000)));
  const Answer reading = outlet.asks().read(kept);
  for (int i = 0; i < 1000; ++i) ASSERT_NO_FATAL_FAILURE(expect_answer(1000));
  EXPECT_TRUE(same(reading.bytes, bytes(30'000)));
}

TEST_F(AnswersTest, ToAbandonedAsksDoNotFillTheArena) {
  for (int i = 0; i < 20; ++i) {
    Ask abandoned;
    const Letter letter = ask(abandoned);
    outlet.asks().forget(abandoned);
    ASSERT_NO_THROW(answer(letter, bytes(30'000))) << i;
  }
}

TEST_F(AnswersTest, SlotsOfAbandonedAsksRecover) {
  std::vector<Letter> letters;
  for (std::size_t i = 0; i < kReplySlots; ++i) {
    Ask abandoned;
    letters.push_back(ask(abandoned));
    outlet.asks().forget(abandoned);
  }
  Ask one_more;
  EXPECT_EQ(outlet.ask(1, {}, kPast, one_more), Sent::full);
  ASSERT_NO_THROW(answer(letters[17], bytes(8)));
  EXPECT_EQ(outlet.ask(1, {}, kPast, one_more), Sent::accepted);
  EXPECT_EQ(one_more.slot, letters[17].slot);
  EXPECT_FALSE(outlet.asks().ready(one_more));  // the late answer is not taken for its own
  for (const Letter& letter : letters) {
    if (&letter != &letters[17]) {
      ASSERT_NO_THROW(answer(letter, {}));
    }
  }
  drain();
  for (int i = 0; i < 1000; ++i) ASSERT_NO_FATAL_FAILURE(expect_answer(64));
}

TEST_F(AnswersTest, TenThousandAsksAreInFlightThroughMovedAnswers) {
  constexpr std::size_t kAsks = 10'000;
  std::vector<Ask> asks(kAsks);
  for (std::size_t i = 0; i < kAsks; ++i) {
    ASSERT_NO_THROW(answer(ask(asks[i]), bytes(i % 100, i)));
  }
  for (std::size_t i = kAsks; i-- > 0;) {
    ASSERT_TRUE(outlet.asks().ready(asks[i])) << i;
    ASSERT_TRUE(outlet.asks().wait(asks[i], kPast)) << i;
    ASSERT_TRUE(same(outlet.asks().read(asks[i]).bytes, bytes(i % 100, i))) << i;
    outlet.asks().forget(asks[i]);
  }
}

TEST_F(AnswersTest, WhatIsBeingReadStaysThoughSlotsRunOut) {
  for (const std::size_t size : {8U, 2000U}) {
    Ask kept;
    ASSERT_NO_THROW(answer(ask(kept), bytes(size)));
    const Answer reading = outlet.asks().read(kept);
    std::vector<Ask> others(2 * kReplySlots);
    for (Ask& other : others) ASSERT_NO_THROW(answer(ask(other), bytes(size / 4, 99)));
    EXPECT_TRUE(same(reading.bytes, bytes(size)));
    outlet.asks().forget(kept);
    for (const Ask& other : others) outlet.asks().forget(other);
  }
}

TEST_F(AnswersTest, ThatMakeNoSenseAreNotFollowed) {
  struct Forged {
    std::uint32_t bytes;
    ReplyPlace place;
    std::uint64_t where;
  };
  for (const Forged forged :
       {Forged{kInlineReplyBytes + 1, ReplyPlace::inlined, 0},
        Forged{kInlineReplyBytes + 1, ReplyPlace::arena, kArenaBytes - 8},
        Forged{41, ReplyPlace::arena, UINT64_MAX}, Forged{kArenaBytes + 1, ReplyPlace::arena, 0},
        Forged{UINT32_MAX, ReplyPlace::arena, 0}, Forged{8, static_cast<ReplyPlace>(3), 0}}) {
    Ask sent;
    static_cast<void>(ask(sent));
    forge(sent, forged.bytes, forged.place, forged.where);
    EXPECT_EQ(outlet.asks().read(sent).status, ReplyStatus::none);
    EXPECT_TRUE(outlet.asks().read(sent).bytes.empty());
    outlet.asks().forget(sent);
  }
}

TEST_F(AnswersTest, InAParcelThatTwoOfThemNameStaysForTheOtherReader) {
  std::array<Ask, 2> sent;
  const Parcel parcel = pair.depot.reserve({}, 100'000);
  for (Ask& each : sent) {
    static_cast<void>(ask(each));
    forge(each, 100'000, ReplyPlace::parcel, parcel.ticket, 1);
  }
  const Answer kept = outlet.asks().read(sent[0]);
  ASSERT_EQ(kept.bytes.size(), 100'000U);
  ASSERT_FALSE(outlet.asks().read(sent[1]).unreadable);
  outlet.asks().forget(sent[1]);
  EXPECT_EQ(std::ranges::count(kept.bytes, std::byte{0}), 100'000);  // still mapped
  outlet.asks().forget(sent[0]);
  EXPECT_TRUE(pair.depot.parcels.empty());
}

TEST_F(AnswersTest, InAParcelThatIsReadTwiceGiveItBackOnce) {
  Ask sent;
  static_cast<void>(ask(sent));
  const Parcel parcel = pair.depot.reserve({}, 100'000);
  forge(sent, 100'000, ReplyPlace::parcel, parcel.ticket, 1);
  ASSERT_FALSE(outlet.asks().read(sent).unreadable);
  ASSERT_FALSE(outlet.asks().read(sent).unreadable);
  outlet.asks().forget(sent);
  EXPECT_TRUE(pair.depot.parcels.empty());
}

TEST_F(AnswersTest, ThatIsChangedWhileItIsReadGivesBackWhatWasRead) {
  Ask sent;
  const Letter letter = ask(sent);
  answer(letter, bytes(std::size_t{140} << 20));  // in a parcel that is used once
  ASSERT_FALSE(outlet.asks().read(sent).unreadable);
  ASSERT_EQ(pair.depot.parcels.size(), 1U);
  slot(sent).ref.where += 1;
  slot(sent).ref.last_use = 0;
  outlet.asks().forget(sent);
  EXPECT_TRUE(pair.depot.parcels.empty());
}

// An asker that sends the same ask again and again, and seems never to have read the answer.
TEST_F(AnswersTest, ToAnAskThatComesAgainAndAgainNeedRoomForOne) {
  Ask sent;
  const Letter letter = ask(sent);
  for (int i = 0; i < 1000; ++i) answer(letter, bytes(1000));
  EXPECT_EQ(pair.depot.reserved, 0U);  // in the arena all of them
  for (int i = 0; i < 20; ++i) answer(letter, bytes(kArenaReplyBytes + 1));
  EXPECT_LE(pair.depot.reserved, 2U);
  EXPECT_LE(pair.depot.parcels.size(), 2U);
  EXPECT_EQ(outlet.asks().read(sent).bytes.size(), kArenaReplyBytes + 1);
  outlet.asks().forget(sent);
}

TEST_F(AnswersTest, InAParcelThatDoesNotExistCannotBeRead) {
  Ask sent;
  static_cast<void>(ask(sent));
  forge(sent, 8, ReplyPlace::parcel, 4711);
  EXPECT_TRUE(outlet.asks().read(sent).unreadable);
  outlet.asks().forget(sent);
}

TEST_F(AnswersTest, InAParcelThatIsShorterThanTheySayCannotBeRead) {
  Ask sent;
  static_cast<void>(ask(sent));
  const Parcel parcel = pair.depot.reserve({}, kPageBytes);
  forge(sent, kPageBytes + 1, ReplyPlace::parcel, parcel.ticket);
  EXPECT_TRUE(outlet.asks().read(sent).unreadable);
  outlet.asks().forget(sent);
}

// Whoever gives up an ask writes its slot's state, and nothing else.
TEST_F(AnswersTest, OfThoseWhoGiveUpTheAskHaveNothingOfTheAnswerBefore) {
  for (const bool is_read : {false, true}) {
    Ask before;
    inlet.answer(ask(before), ReplyStatus::value, Payload(bytes(5), 77), 1);
    outlet.asks().forget(before);
    pair.depot.discarded.clear();
    Ask ended;
    static_cast<void>(ask(ended));
    ASSERT_EQ(ended.slot, before.slot);
    slot(ended).state.store(pack_reply(ended.number, ReplyStatus::died));
    if (is_read) {
      const Answer came = outlet.asks().read(ended);
      EXPECT_EQ(came.status, ReplyStatus::died);
      EXPECT_EQ(came.descriptors, 0U);
      EXPECT_TRUE(came.bytes.empty());
    }
    outlet.asks().forget(ended);
    EXPECT_TRUE(pair.depot.discarded.empty()) << is_read;
  }
}

// Also where as many asks lie between the two as make the compared bits of their numbers the same.
TEST_F(AnswersTest, DifferFromThoseBeforeInWhatASleeperCompares) {
  Ask sent;
  slot(sent).state.store(pack_reply((1U << 24) + 1, ReplyStatus::value));
  const std::uint32_t before = low_half(slot(sent).state).load();
  answer(ask(sent), {});
  ASSERT_EQ(sent.slot, 0U);
  EXPECT_NE(low_half(slot(sent).state).load(), before);
}

}  // namespace
}  // namespace pactor::mail
