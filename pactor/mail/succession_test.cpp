// What the successor of a crashed process finds, and what the keeper does in between.

#include <pactor/mail/succession.hpp>

#include "tests/mail_ends.hpp"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <vector>

namespace pactor::mail {
namespace {

constexpr std::uint32_t kAllRings = 0;

struct Successor {
  explicit Successor(Ends& ends) : inlet(Route{kActor, 5}, ends.memory.fd, ends.pair.depot) {}

  // An ask that it gets and answers; what the asker reads.
  Answer answer(Ends& ends, std::span<const std::byte> with) {
    Ask ask;
    EXPECT_EQ(ends.outlet.ask(1, {}, kPast, ask), Sent::accepted);
    EXPECT_TRUE(inlet.look());
    inlet.begin();
    inlet.answer(*inlet.front(), ReplyStatus::value, with, 1);
    inlet.finish();
    return ends.outlet.asks().read(ask);
  }

  Inlet inlet;
};

TEST(Succession, SuccessorGoesOnBehindWhatHadBegun) {
  Ends ends;
  ASSERT_NO_FATAL_FAILURE(ends.go_to(16));  // the third and the fourth come behind a skip
  for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(ends.tell(bytes(i, i)), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  ends.take();
  ASSERT_TRUE(ends.inlet.look());
  ends.inlet.begin();  // and dies in it
  Inlet successor(Route{kActor, 5}, ends.memory.fd, ends.pair.depot);
  ASSERT_TRUE(successor.look());
  EXPECT_TRUE(same(successor.front()->payload, bytes(2, 2)));
}

TEST(Succession, OneThatHasNotBegunIsNotInProgress) {
  Ends ends;
  Ask queued;
  ASSERT_EQ(ends.outlet.ask(1, bytes(8), kPast, queued), Sent::accepted);
  EXPECT_FALSE(message_in_progress(ends.memory.fd));
  EXPECT_EQ(end_begun_ask(ends.memory.fd), 0U);
  EXPECT_FALSE(ends.outlet.asks().ready(queued));
}

TEST(Succession, CloseIsNoMessageInProgress) {
  MailPair pair;
  const Line line = pair.open(9);
  line.outlet->close();
  ASSERT_NE(next(pair.mailbox), nullptr);
  EXPECT_FALSE(message_in_progress(line.memory->fd));
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

TEST(Succession, ASenderToItselfKeepsOutOfARingThatItsPredecessorLeftUntilThatHasBeenRead) {
  Ends ends(kAllRings, {.bytes = 1 << 20});
  std::size_t sent = 0;
  const auto send_all = [&](Outlet& outlet) {
    while (outlet.tell(1, bytes(1000, sent), kPast) == Sent::accepted) ++sent;
  };
  const auto sender = [&] {
    return std::make_unique<Outlet>(Route{kActor, kSelfChannel}, ends.memory.fd,
                                    ends.pair.mailbox_memory, ends.pair.stamper, ends.pair.lifeline,
                                    ends.pair.depot);
  };
  const auto before = sender();
  send_all(*before);
  ends.drain();
  // It leaves the longest ring, for all has been read but where to.
  ASSERT_EQ(before->tell(1, bytes(1000, sent = 0), kPast), Sent::accepted);
  ++sent;
  send_all(*sender());
  for (std::size_t i = 0; i < sent; ++i) {
    ASSERT_TRUE(ends.inlet.look()) << i;
    ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(1000, i))) << i;
    ends.take();
  }
  EXPECT_FALSE(ends.inlet.look());
}

TEST(Succession, ASenderToItselfThatHasClosedSendsNoMore) {
  Ends ends(kAllRings, {.bytes = 64 << 10});
  const auto sender = [&] {
    return std::make_unique<Outlet>(Route{kActor, kSelfChannel}, ends.memory.fd,
                                    ends.pair.mailbox_memory, ends.pair.stamper, ends.pair.lifeline,
                                    ends.pair.depot);
  };
  ASSERT_EQ(sender()->tell(1, bytes(8), kPast), Sent::accepted);
  sender()->close();
  EXPECT_EQ(sender()->tell(1, bytes(8), kPast), Sent::closed);
}

TEST(Succession, ASenderToItselfDoesNotBelieveADamagedPageThatMoreOrLessIsFree) {
  for (const std::uint64_t freed : {std::uint64_t{0}, ~std::uint64_t{0}, kOneRing}) {
    Ends ends;
    ends.drain();
    for (int i = 0; i < 4; ++i) {  // twice around
      ASSERT_EQ(ends.tell_waiting(bytes(4000)), Sent::accepted);
      ends.drain();
    }
    ends.memory.receiver_page().freed.store(freed);
    Successor successor(ends);
    Outlet outlet(Route{kActor, kSelfChannel}, ends.memory.fd, ends.pair.mailbox_memory,
                  ends.pair.stamper, ends.pair.lifeline, ends.pair.depot);
    std::size_t sent = 0;
    while (sent < 100 && outlet.tell(1, bytes(500, sent), kPast) == Sent::accepted) ++sent;
    EXPECT_GT(sent, 10U);
    EXPECT_LT(sent, 20U);  // what a ring holds
    for (std::size_t i = 0; i < sent; ++i) {
      ASSERT_TRUE(successor.inlet.look());
      ASSERT_TRUE(same(successor.inlet.front()->payload, bytes(500, i))) << i;
      successor.inlet.begin();
      successor.inlet.finish();
    }
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
  const Answer late = successor.answer(ends, bytes(1000, 2));
  EXPECT_TRUE(same(ends.outlet.asks().read(early).bytes, bytes(1000, 1)));
  EXPECT_TRUE(same(late.bytes, bytes(1000, 2)));
}

TEST(Succession, OneThatWasCutOffStaysSo) {
  Ends ends;
  ends.forge(pack_header(1, Kind::tell));
  EXPECT_FALSE(ends.inlet.look());
  ends.inlet.cut_off();
  Successor successor(ends);
  EXPECT_TRUE(successor.inlet.broken());
}

TEST(Succession, AnAskToItselfIsNotTakenForOneOfItsPredecessor) {
  Ends ends;
  const auto another_life = [&ends] {
    return std::make_unique<Outlet>(Route{kActor, kSelfChannel}, ends.memory.fd,
                                    ends.pair.mailbox_memory, ends.pair.stamper, ends.pair.lifeline,
                                    ends.pair.depot);
  };
  Ask before;
  ASSERT_EQ(another_life()->ask(1, bytes(8), kPast, before), Sent::accepted);
  const auto outlet = another_life();
  Ask after;
  ASSERT_EQ(outlet->ask(1, bytes(8), kPast, after), Sent::accepted);
  EXPECT_NE(before.number, after.number);
  ASSERT_TRUE(ends.inlet.look());
  ends.answer(*ends.inlet.front(), bytes(3));
  EXPECT_FALSE(outlet->asks().ready(after));
}

constexpr std::size_t kAnswersInArena = kArenaBytes / kArenaReplyBytes;

TEST(Succession, WhatLiesInTheSlotOfAnEndedAskIsNotTakenForItsAnswer) {
  Ends ends;
  std::array<Ask, kAnswersInArena> asks;
  for (Ask& ask : asks) ends.answer(ends.ask(ask), bytes(kArenaReplyBytes));
  for (const Ask& ask : asks) ends.outlet.asks().forget(ask);
  // Their slots are used again, by asks that the keeper ends.
  for (Ask& ask : asks) {
    static_cast<void>(ends.ask(ask));
    auto& slot = ends.memory.receiver.as<ReplySlot>(kSlotsOffset)[ask.slot];
    ASSERT_EQ(slot.place, ReplyPlace::arena);
    slot.state.store(pack_reply(ask.number, ReplyStatus::died));
  }
  Successor successor(ends);
  const Answer late = successor.answer(ends, bytes(kArenaReplyBytes, 1));
  EXPECT_TRUE(same(late.bytes, bytes(kArenaReplyBytes, 1)));
  EXPECT_EQ(ends.pair.depot.reserved, 0U);  // it has found room in the arena
}

TEST(Succession, AnAnswerThatDoesNotLieInTheArenaTakesNoRoomThere) {
  struct Forged {
    std::uint64_t where;
    std::uint32_t bytes;
  };
  for (const Forged forged : {Forged{kArenaBytes + 8, 8}, Forged{kArenaBytes - 8, 64}}) {
    Ends ends;
    std::array<Ask, kAnswersInArena> asks;
    for (Ask& ask : asks) ends.answer(ends.ask(ask), bytes(kArenaReplyBytes));
    auto& slot = ends.memory.receiver.as<ReplySlot>(kSlotsOffset)[asks.back().slot];
    slot.bytes = forged.bytes;
    slot.ref.where = forged.where;
    Successor successor(ends);
    // The first finds the room that the forged one had; for the second there is none, least of all behind the arena.
    for (std::size_t i = 0; i < 2; ++i) {
      const Answer late = successor.answer(ends, bytes(kArenaReplyBytes, i));
      EXPECT_TRUE(same(late.bytes, bytes(kArenaReplyBytes, i))) << forged.where << ", " << i;
    }
  }
}

TEST(Succession, ASenderThatWaitsIsWokenThoughItsReceiverDiedBeforeItCould) {
  Ends ends;
  while (ends.tell(bytes(500)) == Sent::accepted) {
  }
  ends.drain();
  const std::uint32_t before = ends.memory.receiver_page().space.load();
  const Successor successor(ends);
  EXPECT_NE(ends.memory.receiver_page().space.load(), before);
}

TEST(Succession, DamagedWordsOfADeadReceiverAreNotFollowed) {
  for (const std::uint64_t damage :
       {std::uint64_t{0xA5A5'A5A5'A5A5'A5A5}, pack_place(14, 0), pack_place(255, 8),
        pack_place(0, 3), pack_place(1, 0), pack_place(2, 8), std::uint64_t{UINT64_MAX}}) {
    Ends ends(kAllRings);
    ASSERT_EQ(ends.tell(bytes(100)), Sent::accepted);
    ReceiverPage& page = ends.memory.receiver_page();
    page.ring_starts[1] = 4096;
    page.ring_starts[2] = 4;
    page.taken.store(damage);
    EXPECT_EQ(count_unprocessed(ends.memory.fd), 0U) << damage;
    end_begun_ask(ends.memory.fd);
    page.finished.store(damage);
    page.taken.store(0);
    end_begun_ask(ends.memory.fd);
    page.taken.store(damage);
    Successor successor(ends);
    EXPECT_TRUE(successor.inlet.broken()) << damage;
    // Neither by whoever sends to it, nor by itself.
    for (const std::uint32_t channel : {5U, kSelfChannel}) {
      Outlet outlet(Route{kActor, channel}, ends.memory.fd, ends.pair.mailbox_memory,
                    ends.pair.stamper, ends.pair.lifeline, ends.pair.depot);
      static_cast<void>(outlet.tell(1, bytes(100), kPast));
    }
  }
}

TEST(Succession, AReceiverThatFreesWhatWasNotSentHoldsNobodyUp) {
  Ends ends;
  ends.memory.receiver_page().freed.store(1 << 20);
  EXPECT_EQ(ends.tell(bytes(100)), Sent::accepted);
  EXPECT_EQ(ends.tell(bytes(kOneRing)), Sent::full);  // it never fits, and does not try for ever
}

TEST(Succession, RecordsThatMakeNoSenseEndTheCount) {
  constexpr std::uint16_t kNowhere = 40;  // a ring that begins behind all addresses
  struct Forged {
    const char* what;
    std::uint64_t left;  // until the end of the ring
    std::uint64_t header;
  };
  const std::array forged{
      Forged{"fewer bytes than a record", kOneRing, pack_header(sizeof(Record) - 8, Kind::tell)},
      Forged{"more than to the end", 8, pack_header(64, Kind::tell)},
      Forged{"a skip of nothing", kOneRing, pack_header(0, Kind::skip)},
      Forged{"a move of no bytes", kOneRing, pack_header(0, Kind::move, 1)},
      Forged{"a move to none", kOneRing, pack_header(sizeof(Record), Kind::move, kNowhere)},
      Forged{"an unknown kind", kOneRing, pack_header(64, static_cast<Kind>(6))},
  };
  for (const Forged& each : forged) {
    Ends ends(kAllRings, {.bytes = 64 << 10});  // four
    ASSERT_NO_FATAL_FAILURE(ends.go_to(each.left));
    ends.forge(each.header);
    Ring(ends.memory.sender, 1, 0).record(0).header.store(pack_header(64, Kind::tell));
    EXPECT_EQ(count_unprocessed(ends.memory.fd), 0U) << each.what;
  }
}

// A ring of records, round and round.
TEST(Succession, ASenderThatNeverStopsWritingDoesNotKeepTheCountGoing) {
  Ends ends;
  for (std::uint64_t at = 0; at < kOneRing; at += 64) {
    ends.memory.record(at).header.store(pack_header(64, Kind::tell));
  }
  EXPECT_LE(count_unprocessed(ends.memory.fd), kOneRing / 64);
}

TEST(Succession, TheAskInProgressIsNotBelievedBeyondItsRecordOrTheSlots) {
  constexpr std::uint64_t kNumber = 4711;
  struct Forged {
    const char* what;
    std::uint64_t left;
    std::uint64_t bytes;
    std::uint16_t slot;
  };
  for (const Forged each :
       {Forged{"its number lies behind the ring", sizeof(Record), sizeof(Record), 0},
        Forged{"its slot lies in the arena", 64, sizeof(Record) + sizeof kNumber, kReplySlots}}) {
    Ends ends(kAllRings, {.bytes = 64 << 10});
    ASSERT_NO_FATAL_FAILURE(ends.go_to(each.left));
    auto* number = reinterpret_cast<std::uint64_t*>(&ends.memory.record(ends.position) + 1);
    *number = kNumber;
    ends.forge(pack_header(each.bytes, Kind::ask, each.slot));
    ends.memory.receiver_page().taken.store(pack_place(0, ends.position + each.bytes));
    ASSERT_TRUE(message_in_progress(ends.memory.fd)) << each.what;
    EXPECT_EQ(end_begun_ask(ends.memory.fd), 0U) << each.what;
  }
}

TEST(Succession, ARoundOfMovesAndMessagesEndsTheCount) {
  Ends ends(kAllRings);
  for (const std::uint16_t to : {std::uint16_t{0}, std::uint16_t{1}}) {
    const Ring from(ends.memory.sender, to == 0 ? 1 : 0, 0);
    from.record(0).header.store(pack_header(64, Kind::tell));
    from.record(64).header.store(pack_header(sizeof(Record), Kind::move, to));
  }
  EXPECT_LE(count_unprocessed(ends.memory.fd), kMostRings);
}

TEST(Succession, ARoundOfMovesAndSkipsEndsTheCount) {
  Ends ends(kAllRings);
  // Ring 0 sends to ring 1, whose start sends back.
  Record& first = ends.memory.record(0);
  first.header.store(pack_header(sizeof(Record), Kind::move, 1));
  Ring(ends.memory.sender, 1, 0).record(0).header.store(pack_header(sizeof(Record), Kind::move, 0));
  Ring(ends.memory.sender, 0, 0).record(0).header.store(pack_header(sizeof(Record), Kind::move, 1));
  EXPECT_EQ(count_unprocessed(ends.memory.fd), 0U);
  EXPECT_FALSE(ends.inlet.look());
  EXPECT_TRUE(ends.inlet.broken());
}

}  // namespace
}  // namespace pactor::mail
