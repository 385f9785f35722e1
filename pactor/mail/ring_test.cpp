// One sender and one receiver, by turns in one thread: what fits, in which order, and what is refused.

#include "tests/mail_ends.hpp"

#include <pactor/mail/succession.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

namespace pactor::mail {
namespace {

TEST(Ring, KeepsTheOrderAndEveryByteOfEverySize) {
  constexpr std::uint32_t kAllRings = 0;
  Ends ends(kAllRings);
  std::size_t received = 0;
  const auto receive = [&] {
    while (ends.inlet.look()) {
      ASSERT_EQ(ends.inlet.front()->kind, Kind::tell);
      ASSERT_EQ(ends.inlet.front()->method, kTellMethod);
      ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(received, received))) << received;
      ++received;
      ends.take();
    }
  };
  for (std::size_t size = 0; size <= 5000; ++size) {
    ASSERT_EQ(ends.tell_waiting(bytes(size, size)), Sent::accepted) << size;
    if (size % 7 == 0) receive();  // several at once
  }
  receive();
  EXPECT_EQ(received, 5001U);
}

TEST(Ring, CarriesEverySizeUpToTheGreatestFromEveryPlace) {
  std::vector<std::size_t> sizes(72);
  std::iota(sizes.begin(), sizes.end(), 0U);
  for (std::size_t size = kOneRing / 2 - 104; size <= kOneRing / 2; size += 8) {
    sizes.push_back(size);
  }
  for (std::size_t less = 0; less <= 64; less += 4) sizes.push_back(kLongestPayload - less);
  std::vector<std::uint64_t> places;
  for (std::uint64_t left = 8; left <= 128; left += 8) places.push_back(left);
  for (std::uint64_t less = 0; less <= 128; less += 32) places.push_back(kOneRing / 2 + 64 - less);
  for (std::uint64_t less = 0; less <= 96; less += 24) places.push_back(kOneRing - less);
  Ends ends;
  for (const std::uint64_t left : places) {
    for (const std::size_t size : sizes) {
      ASSERT_NO_FATAL_FAILURE(ends.go_to(left));
      const auto sent = bytes(size, left);
      ASSERT_EQ(ends.tell_waiting(sent), Sent::accepted) << size << " bytes, " << left << " left";
      static_cast<void>(ends.tell(bytes(3)));  // what follows, if it fits, harms nothing
      ASSERT_TRUE(ends.inlet.look());
      ASSERT_TRUE(same(ends.inlet.front()->payload, sent)) << size << " bytes, " << left << " left";
      ends.drain();
    }
  }
}

TEST(Ring, AskCarriesItsNumberAndTheGreatestPayload) {
  Ends ends;
  Ask ask;
  const auto sent = bytes(kLongestPayload);
  ASSERT_EQ(ends.outlet.ask(9, sent, kPast, ask), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  EXPECT_EQ(ends.inlet.front()->kind, Kind::ask);
  EXPECT_EQ(ends.inlet.front()->number, ask.number);
  EXPECT_EQ(ends.inlet.front()->slot, ask.slot);
  EXPECT_TRUE(same(ends.inlet.front()->payload, sent));
}

TEST(Ring, FullOneRefusesAtAPastDeadlineAndSendsNothing) {
  Ends ends;
  std::size_t sent = 0;
  while (ends.tell(bytes(1000, sent)) == Sent::accepted) ++sent;
  EXPECT_EQ(sent, (kOneRing - kReservedBytes) / 1024);
  for (int again = 0; again < 3; ++again) EXPECT_EQ(ends.tell(bytes(1000)), Sent::full);
  Ask ask;
  EXPECT_EQ(ends.outlet.ask(1, bytes(1000), kPast, ask), Sent::full);
  EXPECT_EQ(ends.memory.sender_page().awaited[0].load(), 0U);  // nor is a slot kept for it
  std::size_t received = 0;
  for (; ends.inlet.look(); ends.take()) {
    ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(1000, received))) << received;
    ++received;
  }
  EXPECT_EQ(received, sent);
  ends.inlet.publish_freed();
  EXPECT_EQ(ends.tell(bytes(1000)), Sent::accepted);
}

TEST(Ring, CloseFitsInAFullRingWhereverItEnds) {
  for (std::uint64_t left = 8; left <= 160; left += 8) {
    for (std::size_t size = 0; size <= 64; size += 8) {
      Ends ends;  // an outlet closes once
      ASSERT_NO_FATAL_FAILURE(ends.go_to(left));
      std::size_t sent = 0;
      while (ends.tell(bytes(400)) == Sent::accepted) ++sent;
      while (ends.tell(bytes(size)) == Sent::accepted) ++sent;
      ends.outlet.close();
      ends.outlet.close();  // harmless
      std::size_t received = 0;
      for (; ends.inlet.look() && ends.inlet.front()->kind == Kind::tell; ends.take()) ++received;
      EXPECT_EQ(received, sent);
      ASSERT_TRUE(ends.inlet.look()) << left << " left, filled up with " << size;
      EXPECT_EQ(ends.inlet.front()->kind, Kind::close);
      ends.take();
      EXPECT_FALSE(ends.inlet.look());
      ASSERT_FALSE(ends.inlet.broken());
      EXPECT_EQ(ends.tell(bytes(size)), Sent::closed);
      ends.drain();
    }
  }
}

// ---- bytes that make no sense ----------------------------------------------------------------

TEST(Ring, RefusesHeadersThatMakeNoSense) {
  struct Forged {
    const char* what;
    std::uint64_t header;
    std::uint64_t stamp = 1;
  };
  const auto tell = [](std::uint64_t size) { return pack_header(size, Kind::tell); };
  const std::array forged{
      Forged{"no kind", pack_header(64, Kind::nothing)},
      Forged{"an unknown kind", pack_header(64, static_cast<Kind>(6))},
      Forged{"the last of the unknown kinds", pack_header(64, static_cast<Kind>(255))},
      Forged{"no bytes", tell(0)},
      Forged{"fewer than a record", tell(sizeof(Record) - 1)},
      Forged{"an ask without room for its number", pack_header(sizeof(Record) + 7, Kind::ask)},
      Forged{"a slot that does not exist", pack_header(64, Kind::ask, kReplySlots)},
      Forged{"more than a record may have", tell(kLongestRecord + 1)},
      Forged{"more than the ring", tell(kOneRing + 8)},
      Forged{"4 GiB", tell(0xFFFF'FFFF)},
      Forged{"a skip of the whole ring", pack_header(kOneRing, Kind::skip)},
      Forged{"a skip of less than to the end", pack_header(kOneRing - 8, Kind::skip)},
      Forged{"a skip of nothing", pack_header(0, Kind::skip)},
      Forged{"a flag that does not exist", pack_header(64, Kind::tell, 0, 8)},
      Forged{"a parcel without its ticket",
             pack_header(sizeof(Record) + 15, Kind::tell, 0, kInParcel)},
      Forged{"descriptors without a ticket",
             pack_header(sizeof(Record) + 7, Kind::tell, 0, kHasDescriptors)},
      Forged{"a move to the same ring", pack_header(sizeof(Record), Kind::move, 0)},
      Forged{"a move to a ring that does not exist", pack_header(sizeof(Record), Kind::move, 1)},
      Forged{"a move of another length", pack_header(sizeof(Record) + 8, Kind::move, 1)},
      Forged{"a stamp beyond the clock", tell(64), os::now_ns() + 3'600'000'000'000},
      Forged{"a stamp beyond all clocks", tell(64), 1ULL << 63},
      Forged{"the greatest stamp", tell(64), UINT64_MAX},
  };
  for (const Forged& each : forged) {
    Ends ends;
    ends.forge(each.header, each.stamp);
    EXPECT_FALSE(ends.inlet.look()) << each.what;
    EXPECT_TRUE(ends.inlet.broken()) << each.what;
    EXPECT_EQ(ends.inlet.next_stamp(), std::nullopt) << each.what;
    EXPECT_TRUE(ends.inlet.arm()) << each.what;  // and the rest of the mailbox can sleep
  }
}

// Its memory ends before the last of the rings that its page names.
TEST(Ring, RefusesAChannelThatIsShorterThanItSays) {
  MailPair pair;
  const ChannelMemory memory({.bytes = 64 << 10}, kMostRings);
  const Route route{kActor, 5};
  EXPECT_THROW(Inlet(route, memory.fd, pair.depot), Error);
  EXPECT_THROW(
      Outlet(route, memory.fd, pair.mailbox_memory, pair.stamper, pair.lifeline, pair.depot),
      Error);
  EXPECT_THROW(static_cast<void>(count_unprocessed(memory.fd)), Error);
}

// In the midst of a ring, of several: where a skip or a move could be meant.
TEST(Ring, RefusesSkipsAndMovesThatMakeNoSense) {
  struct Forged {
    const char* what;
    std::uint64_t left;  // until the end of the ring
    std::uint64_t header;
  };
  const std::array forged{
      Forged{"a skip of less than to the end", 64, pack_header(56, Kind::skip)},
      Forged{"a skip of more", 64, pack_header(72, Kind::skip)},
      Forged{"a move of another length", 64, pack_header(sizeof(Record) + 8, Kind::move, 1)},
      Forged{"a move that leaves the ring", 8, pack_header(sizeof(Record), Kind::move, 1)},
      Forged{"a move to the same ring", 64, pack_header(sizeof(Record), Kind::move, 0)},
      Forged{"a move to none", 64, pack_header(sizeof(Record), Kind::move, kMostRings)},
  };
  for (const Forged& each : forged) {
    Ends ends(0, {.bytes = 64 << 10});
    ASSERT_NO_FATAL_FAILURE(ends.go_to(each.left));
    ends.forge(each.header, ends.pair.stamper.next());
    EXPECT_FALSE(ends.inlet.look()) << each.what;
    EXPECT_TRUE(ends.inlet.broken()) << each.what;
  }
}

TEST(Ring, ReceiverThatTakesBackWhatItHasFreedIsNotBelieved) {
  Ends ends;
  for (int times = 0; times < 2; ++times) {
    ends.drain();
    while (ends.tell(bytes(500)) == Sent::accepted) {
    }
  }
  ends.memory.receiver_page().freed.store(0);
  EXPECT_EQ(ends.tell(bytes(500)), Sent::full);
}

TEST(Ring, RefusesARecordThatWouldLeaveTheRing) {
  for (std::uint64_t left = 8; left <= 64; left += 8) {
    Ends ends;
    ASSERT_NO_FATAL_FAILURE(ends.go_to(left));
    ends.forge(pack_header(left + 1, Kind::tell), ends.pair.stamper.next());
    // The second look does not read behind the end either.
    const auto bound = ends.inlet.next_stamp();
    EXPECT_GT(bound.value_or(0), 0U);
    EXPECT_LT(bound.value_or(UINT64_MAX), os::now_ns() + 1'000'000'000) << left;
    EXPECT_FALSE(ends.inlet.look()) << left;
    EXPECT_TRUE(ends.inlet.broken()) << left;
  }
}

// What lies behind a ring is another ring.
TEST(Ring, TheSecondLookReadsNoStampBehindTheRing) {
  Ends ends(0, {.bytes = 64 << 10});
  ASSERT_NO_FATAL_FAILURE(ends.go_to(8));
  Ring(ends.memory.sender, 1, 0).record(0).header.store(os::now_ns() + 500'000'000);
  ends.forge(pack_header(64, Kind::tell));
  EXPECT_LT(ends.inlet.next_stamp().value_or(UINT64_MAX), os::now_ns() + 100'000'000);
}

// As close() does with what it finds: a successor, or who counts, must still find it.
TEST(Ring, WhatIsFinishedAndWasNotBegunIsNotTaken) {
  Ends ends;
  ASSERT_NO_FATAL_FAILURE(ends.go_to(64));
  const std::uint64_t taken = ends.memory.receiver_page().taken.load();
  ASSERT_EQ(ends.tell(bytes(8)), Sent::accepted);
  ASSERT_EQ(ends.tell(bytes(kLongestPayload)), Sent::full);  // but there is a skip
  ASSERT_TRUE(ends.inlet.look());
  ends.inlet.finish();
  EXPECT_FALSE(ends.inlet.look());
  EXPECT_EQ(ends.memory.receiver_page().taken.load(), taken);
  EXPECT_EQ(count_unprocessed(ends.memory.fd), 1U);
}

TEST(Ring, WhatWasGoodBeforeIsStillProcessed) {
  Ends ends;
  ASSERT_EQ(ends.tell(bytes(100)), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  ends.position = ends.inlet.front()->end;
  ends.forge(pack_header(1, Kind::tell));
  EXPECT_TRUE(ends.inlet.look());
  EXPECT_TRUE(ends.inlet.broken());
  EXPECT_TRUE(same(ends.inlet.front()->payload, bytes(100)));
  ends.take();
  EXPECT_FALSE(ends.inlet.look());
}

TEST(Ring, SenderWhoseBytesMakeNoSenseIsToldSoAndTheOthersGoOn) {
  MailPair pair;
  const Line faulty = pair.open(kCreatorChannel);
  const Line other = pair.open(kFirstFreeChannel);
  Ask ask;
  ASSERT_EQ(faulty.outlet->ask(1, bytes(8), kPast, ask), Sent::accepted);
  faulty.memory->record(0).header.store(pack_header(1, Kind::tell));  // damaged before it is read
  EXPECT_EQ(next(pair.mailbox), nullptr);
  EXPECT_EQ(pair.mailbox.take_cut_off(), 1);
  ASSERT_TRUE(faulty.outlet->asks().ready(ask));
  EXPECT_EQ(faulty.outlet->asks().read(ask).status, ReplyStatus::refused);
  EXPECT_EQ(faulty.outlet->tell(1, bytes(8), kPast), Sent::closed);
  EXPECT_TRUE(pair.mailbox.take_news());  // which that sender may have rung away
  ASSERT_EQ(other.outlet->tell(2, bytes(8), kPast), Sent::accepted);
  ASSERT_NE(next(pair.mailbox), nullptr);
}

TEST(Ring, SenderThatIsCutOffIsToldOnceHoweverOftenItRings) {
  MailPair pair;
  const Line faulty = pair.open(kCreatorChannel);
  ASSERT_EQ(faulty.outlet->tell(1, bytes(8), kPast), Sent::accepted);
  faulty.memory->record(0).header.store(pack_header(1, Kind::tell));
  EXPECT_EQ(next(pair.mailbox), nullptr);
  EXPECT_EQ(pair.mailbox.take_cut_off(), 1);
  for (int i = 0; i < 5; ++i) {
    ring(pair.doorbell(), kCreatorChannel);
    EXPECT_EQ(next(pair.mailbox), nullptr);
    static_cast<void>(pair.mailbox.take_news());
  }
  EXPECT_EQ(pair.mailbox.take_cut_off(), 0);
}

TEST(Ring, RecordThatIsTakenBackIsNoRecord) {
  Ends ends;
  ends.forge(pack_header(64, Kind::tell));
  ASSERT_NE(ends.inlet.next_stamp(), std::nullopt);  // which has bounded a round
  ends.forge(0);
  EXPECT_FALSE(ends.inlet.look());
  EXPECT_TRUE(ends.inlet.broken());
}

// Of a sender that never has nothing, and says that all of it is old.
TEST(Ring, SenderWhoseStampsStayLowDoesNotGoBeforeAllOthersForEver) {
  MailPair pair;
  const Line low = pair.open(kCreatorChannel, {.bytes = 1 << 16});
  const Line other = pair.open(kFirstFreeChannel);
  ASSERT_EQ(other.outlet->tell(2, bytes(8), kPast), Sent::accepted);
  for (std::uint64_t at = 0; at < kOneRing; at += 64) {  // a ring of records, round and round
    Record& record = Ring(low.memory->sender, 0, 0).record(at);
    record.stamp = 0;
    record.method = 1;
    record.header.store(pack_header(64, Kind::tell));
  }
  const std::uint64_t most = 3 * low.memory->sender.bytes() / 64;
  std::uint64_t before = 0;
  for (const Letter* letter = next(pair.mailbox); letter->method != 2; ++before) {
    ASSERT_LT(before, most);
    pair.mailbox.finish();
    letter = next(pair.mailbox);
    ASSERT_NE(letter, nullptr);
  }
  EXPECT_GT(before, 0U);
}

TEST(Ring, DoorbellThatASenderHasDamagedIsMendedWhenItIsCutOffOrGone) {
  constexpr std::uint32_t kOther = 70;
  for (const bool gone : {false, true}) {
    MailPair pair;
    const Line faulty = pair.open(kCreatorChannel);
    const Line other = pair.open(kOther);
    while (!other.memory->receiver_page().armed.load()) static_cast<void>(next(pair.mailbox));
    // A bit without its summary: its sender believes that it has rung.
    pair.doorbell().bits[kOther / 64].store(1ULL << kOther % 64);
    ASSERT_EQ(other.outlet->tell(2, bytes(8), kPast), Sent::accepted);
    EXPECT_EQ(next(pair.mailbox), nullptr);
    if (gone) {
      pair.mailbox.distrust_doorbell();  // the keeper says that the faulty one has crashed
    } else {
      faulty.memory->record(0).header.store(pack_header(1, Kind::tell));
      ring(pair.doorbell(), kCreatorChannel);
      EXPECT_EQ(next(pair.mailbox), nullptr);
    }
    EXPECT_TRUE(pair.mailbox.take_news());
    const Letter* letter = next(pair.mailbox);
    ASSERT_NE(letter, nullptr) << gone;
    EXPECT_EQ(letter->method, 2U);
    pair.mailbox.finish();
  }
}

TEST(Ring, StampsOfOneSenderRiseWhateverItWrites) {
  Ends ends;
  std::uint64_t before = 0;
  for (const std::uint64_t written : {10U, 9U, 0U, 11U, 20U, 20U}) {
    ends.forge(pack_header(sizeof(Record), Kind::tell), written);
    ASSERT_TRUE(ends.inlet.look());
    EXPECT_GT(ends.inlet.front()->stamp, before);
    EXPECT_GE(ends.inlet.front()->stamp, written);
    before = ends.inlet.front()->stamp;
    ends.take();
  }
}

}  // namespace
}  // namespace pactor::mail
