// What the successor of a crashed process finds, and what the keeper does in between.

#include <pactor/mail/succession.hpp>

#include "tests/mail_ends.hpp"

#include <gtest/gtest.h>

namespace pactor::mail {
namespace {

constexpr std::uint32_t kAllRings = 0;

struct Successor {
  explicit Successor(Ends& ends) : inlet(Route{kActor, 5}, ends.memory.fd, ends.pair.depot) {}
  Inlet inlet;
};

TEST(Succession, SuccessorGoesOnBehindWhatHadBegun) {
  Ends ends;
  ASSERT_NO_FATAL_FAILURE(ends.go_to(16));  // the third and the fourth come behind a skip
  for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(ends.tell(bytes(i, i)), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  ends.take();
  ends.inlet.begin();  // and dies in it
  Inlet successor(Route{kActor, 5}, ends.memory.fd, ends.pair.depot);
  ASSERT_TRUE(successor.look());
  EXPECT_TRUE(same(successor.front()->payload, bytes(2, 2)));
}

TEST(Succession, SuccessorDoesNotReadASkipThatMayBeOverwritten) {
  Ends ends;
  ASSERT_NO_FATAL_FAILURE(ends.go_to(kOneRing / 2));
  ASSERT_EQ(ends.tell(bytes(kLongestPayload)), Sent::full);  // sends the skip only
  EXPECT_FALSE(ends.inlet.look());
  ends.inlet.publish_freed();
  ASSERT_EQ(ends.tell(bytes(kLongestPayload)), Sent::accepted);  // covers it
  Inlet successor(Route{kActor, 5}, ends.memory.fd, ends.pair.depot);
  ASSERT_TRUE(successor.look());
  EXPECT_TRUE(same(successor.front()->payload, bytes(kLongestPayload)));
}

TEST(Succession, SuccessorFindsEachRecordInWhicheverRingItLies) {
  for (const std::size_t size : {100U, 1000U, 3000U}) {
    Ends ends(kAllRings, {.bytes = 1 << 20});
    std::size_t sent = 0;
    while (ends.tell(bytes(size, sent)) == Sent::accepted) ++sent;
    // Each message is taken by a process of its own, which dies in it.
    for (std::size_t i = 0; i < sent; ++i) {
      Successor successor(ends);
      EXPECT_EQ(count_unprocessed(ends.memory.fd), sent - i);
      ASSERT_TRUE(successor.inlet.look());
      ASSERT_TRUE(same(successor.inlet.front()->payload, bytes(size, i))) << i;
      successor.inlet.begin();
      if (i % 2 == 0) successor.inlet.finish();
      if (i % 3 == 0) successor.inlet.publish_freed();
    }
    EXPECT_EQ(count_unprocessed(ends.memory.fd), 0U);
  }
}

TEST(Succession, ASenderToItselfGoesOnBehindWhatItHasSent) {
  for (const std::size_t lives : {1U, 5U, 40U}) {
    Ends ends(kAllRings, {.bytes = 1 << 20});
    std::size_t sent = 0;
    for (std::size_t life = 0; life < lives; ++life) {
      Outlet outlet(Route{kActor, kSelfChannel}, ends.memory.fd, ends.pair.mailbox_memory,
                    ends.pair.stamper, ends.pair.lifeline, ends.pair.depot);
      for (int i = 0; i < 20; ++i, ++sent) {
        ASSERT_EQ(outlet.tell(1, bytes(500, sent), kPast), Sent::accepted);
      }
    }
    for (std::size_t i = 0; i < sent; ++i) {
      ASSERT_TRUE(ends.inlet.look());
      ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(500, i))) << i;
      ends.take();
    }
    EXPECT_FALSE(ends.inlet.look());
  }
}

TEST(Succession, TheAskInProgressIsEndedAndOnlyThat) {
  Ends ends;
  Ask done;
  Ask begun;
  Ask queued;
  ASSERT_EQ(ends.outlet.ask(1, bytes(8), kPast, done), Sent::accepted);
  ASSERT_EQ(ends.outlet.ask(1, bytes(8), kPast, begun), Sent::accepted);
  ASSERT_EQ(ends.outlet.ask(1, bytes(8), kPast, queued), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  ends.inlet.begin();
  ends.inlet.answer(*ends.inlet.front(), ReplyStatus::value, bytes(3), 1);
  ends.inlet.finish();
  ends.inlet.begin();
  end_begun_ask(ends.memory.fd);
  EXPECT_EQ(ends.outlet.asks().read(done).status, ReplyStatus::value);
  ASSERT_TRUE(ends.outlet.asks().ready(begun));
  EXPECT_EQ(ends.outlet.asks().read(begun).status, ReplyStatus::died);
  EXPECT_FALSE(ends.outlet.asks().ready(queued));
  Successor successor(ends);
  ASSERT_TRUE(successor.inlet.look());
  EXPECT_EQ(successor.inlet.front()->number, queued.number);
}

TEST(Succession, AnAnswerThatWasStoredStands) {
  Ends ends;
  Ask ask;
  ASSERT_EQ(ends.outlet.ask(1, bytes(8), kPast, ask), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  ends.inlet.begin();
  ends.inlet.answer(*ends.inlet.front(), ReplyStatus::value, bytes(3), 1);
  end_begun_ask(ends.memory.fd);  // it died before it finished
  EXPECT_EQ(ends.outlet.asks().read(ask).status, ReplyStatus::value);
}

TEST(Succession, TheAskInProgressIsFoundBehindASkipAndInEachRing) {
  Ends ends(kAllRings, {.bytes = 1 << 20});
  std::vector<Ask> asks(200);
  for (Ask& ask : asks) {
    ASSERT_EQ(ends.outlet.ask(1, bytes(700), kPast, ask), Sent::accepted);
  }
  for (const Ask& ask : asks) {
    Successor successor(ends);
    ASSERT_TRUE(successor.inlet.look());
    ASSERT_EQ(successor.inlet.front()->number, ask.number);
    successor.inlet.begin();
    end_begun_ask(ends.memory.fd);
    ASSERT_TRUE(ends.outlet.asks().ready(ask));
    EXPECT_EQ(ends.outlet.asks().read(ask).status, ReplyStatus::died);
  }
}

TEST(Succession, AnswersThatNobodyHasReadYetKeepTheirPlaceInTheArena) {
  Ends ends;
  Ask early;
  ends.answer(ends.ask(early), bytes(1000, 1));
  Successor successor(ends);
  Ask late;
  ASSERT_EQ(ends.outlet.ask(1, {}, kPast, late), Sent::accepted);
  ASSERT_TRUE(successor.inlet.look());
  successor.inlet.begin();
  successor.inlet.answer(*successor.inlet.front(), ReplyStatus::value, bytes(1000, 2), 1);
  EXPECT_TRUE(same(ends.outlet.asks().read(early).bytes, bytes(1000, 1)));
  EXPECT_TRUE(same(ends.outlet.asks().read(late).bytes, bytes(1000, 2)));
}

TEST(Succession, OneThatWasCutOffStaysSo) {
  Ends ends;
  ends.forge(pack_header(1, Kind::tell));
  EXPECT_FALSE(ends.inlet.look());
  ends.inlet.cut_off();
  Successor successor(ends);
  EXPECT_TRUE(successor.inlet.broken());
}

TEST(Succession, ARoundOfMovesAndSkipsEndsTheCount) {
  Ends ends(kAllRings);
  // Ring 0 sends to ring 1, whose start sends back.
  Record& first = ends.memory.record(0);
  first.header.store(pack_header(sizeof(Record), Kind::move, 1));
  Ring(ends.memory.sender, 1, 0).record(0).header.store(pack_header(sizeof(Record), Kind::move, 0));
  Ring(ends.memory.sender, 0, 0).record(0).header.store(pack_header(sizeof(Record), Kind::move, 1));
  EXPECT_EQ(count_unprocessed(ends.memory.fd), 0U);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(ends.inlet.look());
}

}  // namespace
}  // namespace pactor::mail
