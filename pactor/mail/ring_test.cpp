// One sender and one receiver, by turns in one thread: what fits, in which order, and what is refused.

#include "tests/mail_pair.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

namespace pactor::mail {
namespace {

constexpr std::size_t kMax = Outlet::kMaxPayloadBytes;
constexpr std::uint64_t kTellMethod = 7;

// Both ends of one channel, without a mailbox.
struct Ends {
  Sent tell(std::span<const std::byte> payload) { return outlet.tell(kTellMethod, payload, kPast); }

  // As a sender that waits for room would see it: the receiver takes what there is, then it tries
  // again.
  Sent tell_waiting(std::span<const std::byte> payload) {
    for (int tries = 0; tries < 4; ++tries) {
      if (const Sent sent = tell(payload); sent != Sent::full) return sent;
      inlet.look();
      inlet.publish_freed();
    }
    return Sent::full;
  }

  void take() {
    position = inlet.front()->end;
    inlet.begin();
    inlet.finish();
  }
  void drain() {
    while (inlet.look()) take();
    inlet.publish_freed();
  }
  [[nodiscard]] std::uint64_t until_end() const { return kRingBytes - position % kRingBytes; }

  // Brings the empty ring to where `left` bytes remain until its end.
  void go_to(std::uint64_t left) {
    constexpr std::uint64_t kStep = 48 * 1024;
    static const std::vector<std::byte> filler(kStep);
    while (until_end() != left) {
      // Not past the place, nor so close before it that no record fits; else once around.
      std::uint64_t missing = until_end() > left ? until_end() - left : until_end();
      if (missing < sizeof(Record)) missing = sizeof(Record);
      std::uint64_t step = std::min(missing, kStep);
      if (missing - step != 0 && missing - step < sizeof(Record)) step -= sizeof(Record);
      ASSERT_EQ(tell_waiting(std::span(filler).first(step - sizeof(Record))), Sent::accepted);
      drain();
    }
  }

  // Writes a header, where the next record is expected, as no Outlet would.
  void forge(std::uint64_t header, std::uint64_t stamp = 1) {
    if (until_end() >= sizeof(Record)) memory.record(position).stamp = stamp;
    memory.record(position).header.store(header);
  }

  // An ask, as the receiver sees it.
  Letter ask(Ask& ask, os::Deadline deadline = kPast) {
    EXPECT_EQ(outlet.ask(1, {}, deadline, ask), Sent::accepted);
    EXPECT_TRUE(inlet.look());
    const Letter letter = *inlet.front();
    EXPECT_EQ(letter.kind, Kind::ask);
    EXPECT_EQ(letter.number, ask.number);
    drain();
    return letter;
  }
  bool answer(const Letter& letter, std::span<const std::byte> with) {
    return inlet.answer(letter, ReplyStatus::value, with, 1);
  }

  MailPair pair;  // for the doorbell and the stamps
  ChannelMemory memory;
  Outlet outlet{Route{kActor, 5}, memory.fd,     pair.mailbox_memory,
                pair.stamper,     pair.lifeline, pair.depot};
  Inlet inlet{Route{kActor, 5}, memory.fd, pair.depot};
  std::uint64_t position = 0;  // of the next record
};

TEST(Ring, KeepsTheOrderAndEveryByteOfEverySize) {
  Ends ends;
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
  for (std::size_t size = kRingBytes / 2 - 104; size <= kRingBytes / 2; size += 8) {
    sizes.push_back(size);
  }
  for (std::size_t less = 0; less <= 64; less += 4) sizes.push_back(kMax - less);
  std::vector<std::uint64_t> places;
  for (std::uint64_t left = 8; left <= 128; left += 8) places.push_back(left);
  for (std::uint64_t less = 0; less <= 128; less += 32)
    places.push_back(kRingBytes / 2 + 64 - less);
  for (std::uint64_t less = 0; less <= 96; less += 24) places.push_back(kRingBytes - less);
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
  const auto sent = bytes(kMax);
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
  EXPECT_EQ(sent, (kRingBytes - kReservedBytes) / 1024);
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
      while (ends.tell(bytes(4000)) == Sent::accepted) ++sent;
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
      ends.inlet.publish_freed();
      EXPECT_EQ(ends.tell_waiting(bytes(size)), Sent::accepted);  // it goes on as before
      ends.drain();
    }
  }
}

TEST(Ring, SuccessorGoesOnBehindWhatHadBegun) {
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

TEST(Ring, SuccessorDoesNotReadASkipThatMayBeOverwritten) {
  Ends ends;
  ASSERT_NO_FATAL_FAILURE(ends.go_to(kRingBytes / 2));
  ASSERT_EQ(ends.tell(bytes(kMax)), Sent::full);  // sends the skip only
  EXPECT_FALSE(ends.inlet.look());
  ends.inlet.publish_freed();
  ASSERT_EQ(ends.tell(bytes(kMax)), Sent::accepted);  // covers it
  Inlet successor(Route{kActor, 5}, ends.memory.fd, ends.pair.depot);
  ASSERT_TRUE(successor.look());
  EXPECT_TRUE(same(successor.front()->payload, bytes(kMax)));
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
      Forged{"an unknown kind", pack_header(64, static_cast<Kind>(5))},
      Forged{"the last of the unknown kinds", pack_header(64, static_cast<Kind>(255))},
      Forged{"no bytes", tell(0)},
      Forged{"fewer than a record", tell(sizeof(Record) - 1)},
      Forged{"an ask without room for its number", pack_header(sizeof(Record) + 7, Kind::ask)},
      Forged{"a slot that does not exist", pack_header(64, Kind::ask, kReplySlots)},
      Forged{"more than a record may have", tell(kMaxRecordBytes + 1)},
      Forged{"more than the ring", tell(kRingBytes + 8)},
      Forged{"4 GiB", tell(0xFFFF'FFFF)},
      Forged{"a skip of the whole ring", pack_header(kRingBytes, Kind::skip)},
      Forged{"a skip of less than to the end", pack_header(kRingBytes - 8, Kind::skip)},
      Forged{"a skip of nothing", pack_header(0, Kind::skip)},
      Forged{"a stamp beyond all clocks", tell(64), kStampLimit},
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

TEST(Ring, RefusesARecordThatWouldLeaveTheRing) {
  for (std::uint64_t left = 8; left <= 64; left += 8) {
    Ends ends;
    ASSERT_NO_FATAL_FAILURE(ends.go_to(left));
    ends.forge(pack_header(left + 1, Kind::tell), ends.pair.stamper.next());
    // The second look does not read behind the end either.
    const auto bound = ends.inlet.next_stamp();
    EXPECT_GT(bound.value_or(0), 0U);
    EXPECT_LT(bound.value_or(kStampLimit), kStampLimit) << left;
    EXPECT_FALSE(ends.inlet.look()) << left;
    EXPECT_TRUE(ends.inlet.broken()) << left;
  }
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
  ASSERT_EQ(other.outlet->tell(2, bytes(8), kPast), Sent::accepted);
  ASSERT_NE(next(pair.mailbox), nullptr);
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

TEST(Stamps, ClockThatIsToldNonsenseStillRises) {
  Word64 last{0};
  Stamper stamper(&last);
  const std::uint64_t before = stamper.next();
  stamper.raise(UINT64_MAX);
  stamper.raise(kStampLimit);
  EXPECT_GT(stamper.next(), before);
  EXPECT_LT(stamper.last(), kStampLimit);
  stamper.raise(kStampLimit - 2);
  EXPECT_EQ(stamper.next(), kStampLimit - 1);
}

// ---- answers ---------------------------------------------------------------------------------

class Answers : public ::testing::Test, protected Ends {
 protected:
  // An answer comes, is read and given back.
  void expect_answer(std::size_t size) {
    Ask sent;
    const Letter letter = ask(sent);
    EXPECT_FALSE(outlet.asks().ready(sent));
    ASSERT_TRUE(answer(letter, bytes(size, size))) << size;
    ASSERT_TRUE(outlet.asks().wait(sent, kPast)) << size;
    const Answer came = outlet.asks().read(sent);
    EXPECT_EQ(came.status, ReplyStatus::value);
    EXPECT_TRUE(same(came.bytes, bytes(size, size))) << size;
    outlet.asks().forget(sent);
  }
};

TEST_F(Answers, OfEverySizeArriveWhole) {
  for (std::size_t size = 0; size <= 600; ++size) ASSERT_NO_FATAL_FAILURE(expect_answer(size));
  for (std::size_t less = 0; less <= 16; ++less) {
    ASSERT_NO_FATAL_FAILURE(expect_answer(kArenaBytes - less));
  }
}

TEST_F(Answers, TooLongForTheArenaAreRefused) {
  Ask sent;
  const Letter letter = ask(sent);
  EXPECT_FALSE(answer(letter, bytes(kArenaBytes + 1)));
  EXPECT_FALSE(outlet.asks().ready(sent));
  EXPECT_TRUE(answer(letter, bytes(8)));  // something else instead
  EXPECT_TRUE(outlet.asks().ready(sent));
}

TEST_F(Answers, FullArenaRefusesAndRecovers) {
  constexpr std::size_t kEach = 50 * 1024;
  std::vector<Ask> asks(5);
  for (Ask& each : asks) ASSERT_TRUE(answer(ask(each), bytes(kEach)));
  Ask late;
  const Letter letter = ask(late);
  EXPECT_FALSE(answer(letter, bytes(kEach)));
  EXPECT_TRUE(answer(letter, bytes(kInlineReplyBytes)));  // a short one has its place
  outlet.asks().forget(late);
  for (const std::size_t given_back : {3U, 0U, 4U, 2U, 1U}) {  // in any order
    outlet.asks().forget(asks[given_back]);
    Ask again;
    ASSERT_TRUE(answer(ask(again), bytes(kEach, given_back))) << given_back;
    EXPECT_TRUE(same(outlet.asks().read(again).bytes, bytes(kEach, given_back)));
    asks[given_back] = again;
  }
}

TEST_F(Answers, OneThatIsKeptDoesNotHoldUpOthers) {
  Ask kept;
  ASSERT_TRUE(answer(ask(kept), bytes(100'000)));
  const Answer reading = outlet.asks().read(kept);
  for (int i = 0; i < 1000; ++i) ASSERT_NO_FATAL_FAILURE(expect_answer(1000));
  EXPECT_TRUE(same(reading.bytes, bytes(100'000)));
}

TEST_F(Answers, ToAbandonedAsksDoNotFillTheArena) {
  for (int i = 0; i < 20; ++i) {
    Ask abandoned;
    const Letter letter = ask(abandoned);
    outlet.asks().forget(abandoned);
    ASSERT_TRUE(answer(letter, bytes(100'000))) << i;
  }
}

TEST_F(Answers, SlotsOfAbandonedAsksRecover) {
  std::vector<Letter> letters;
  for (std::size_t i = 0; i < kReplySlots; ++i) {
    Ask abandoned;
    letters.push_back(ask(abandoned));
    outlet.asks().forget(abandoned);
  }
  Ask one_more;
  EXPECT_EQ(outlet.ask(1, {}, kPast, one_more), Sent::full);
  ASSERT_TRUE(answer(letters[17], bytes(8)));
  EXPECT_EQ(outlet.ask(1, {}, kPast, one_more), Sent::accepted);
  EXPECT_EQ(one_more.slot, letters[17].slot);
  EXPECT_FALSE(outlet.asks().ready(one_more));  // the late answer is not taken for its own
  for (const Letter& letter : letters) {
    if (&letter != &letters[17]) {
      ASSERT_TRUE(answer(letter, {}));
    }
  }
  drain();
  for (int i = 0; i < 1000; ++i) ASSERT_NO_FATAL_FAILURE(expect_answer(64));
}

TEST_F(Answers, TenThousandAsksAreInFlightThroughMovedAnswers) {
  constexpr std::size_t kAsks = 10'000;
  std::vector<Ask> asks(kAsks);
  for (std::size_t i = 0; i < kAsks; ++i) {
    ASSERT_TRUE(answer(ask(asks[i]), bytes(i % 100, i)));
  }
  for (std::size_t i = kAsks; i-- > 0;) {
    ASSERT_TRUE(outlet.asks().ready(asks[i])) << i;
    ASSERT_TRUE(outlet.asks().wait(asks[i], kPast)) << i;
    ASSERT_TRUE(same(outlet.asks().read(asks[i]).bytes, bytes(i % 100, i))) << i;
    outlet.asks().forget(asks[i]);
  }
}

TEST_F(Answers, WhatIsBeingReadStaysThoughSlotsRunOut) {
  for (const std::size_t size : {8U, 2000U}) {
    Ask kept;
    ASSERT_TRUE(answer(ask(kept), bytes(size)));
    const Answer reading = outlet.asks().read(kept);
    std::vector<Ask> others(2 * kReplySlots);
    for (Ask& other : others) ASSERT_TRUE(answer(ask(other), bytes(size / 4, 99)));
    EXPECT_TRUE(same(reading.bytes, bytes(size)));
    outlet.asks().forget(kept);
    for (const Ask& other : others) outlet.asks().forget(other);
  }
}

TEST_F(Answers, ThatMakeNoSenseAreNotFollowed) {
  struct Forged {
    std::uint32_t bytes;
    std::uint32_t offset;
  };
  for (const Forged forged :
       {Forged{kInlineReplyBytes + 1, kArenaBytes - 8}, Forged{41, UINT32_MAX},
        Forged{kArenaBytes + 1, 0}, Forged{UINT32_MAX, 0}}) {
    Ask sent;
    const Letter letter = ask(sent);
    auto& slot = memory.receiver.as<ReplySlot>(kSlotsOffset)[sent.slot];
    slot.bytes = forged.bytes;
    slot.arena_offset = forged.offset;
    slot.state.store(pack_reply(letter.number, ReplyStatus::value));
    EXPECT_EQ(outlet.asks().read(sent).status, ReplyStatus::none);
    EXPECT_TRUE(outlet.asks().read(sent).bytes.empty());
    outlet.asks().forget(sent);
  }
}

// ---- the doorbell's numbers ------------------------------------------------------------------

TEST(Doorbell, RingsForEveryChannelNumber) {
  const MailPair pair;
  for (std::uint32_t channel = 0; channel < kChannels; channel += 61) {
    ring(pair.doorbell(), channel);
    EXPECT_TRUE(rung(pair.doorbell()));
    std::vector<std::uint32_t> heard;
    collect(pair.doorbell(), [&](std::uint32_t each) { heard.push_back(each); });
    EXPECT_EQ(heard, std::vector{channel});
    EXPECT_FALSE(rung(pair.doorbell()));
  }
}

TEST(Doorbell, NewOwnerOfAChannelNumberIsHeardThoughTheOldOneDiedRinging) {
  constexpr std::uint32_t kChannel = 70;
  MailPair pair;
  pair.doorbell().bits[kChannel / 64].store(1ULL << kChannel % 64);  // and was killed
  const Line line = pair.open(kChannel);
  line.memory->receiver_page().armed.store(1);
  ASSERT_EQ(line.outlet->tell(1, {}, kPast), Sent::accepted);
  EXPECT_TRUE(rung(pair.doorbell()));
}

}  // namespace
}  // namespace pactor::mail
