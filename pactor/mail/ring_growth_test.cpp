// Rings that grow with what waits in them, up to the bound, and get short again.

#include "tests/mail_ends.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace pactor::mail {
namespace {

constexpr std::uint32_t kAllRings = 0;

// Pages of the channel's rings that take memory.
std::size_t resident_bytes(const ChannelMemory& memory) {
  std::vector<unsigned char> pages(memory.sender.bytes() / kPageBytes);
  ::mincore(memory.sender.begin(), memory.sender.bytes(), pages.data());
  return kPageBytes * static_cast<std::size_t>(std::ranges::count_if(
                          pages, [](unsigned char page) { return (page & 1) != 0; }));
}

TEST(RingGrowth, NothingIsLostNorReorderedOnTheWayThroughAllRings) {
  Ends ends(kAllRings, {.bytes = 1 << 20});
  std::size_t sent = 0;
  std::size_t received = 0;
  for (int round = 0; round < 20; ++round) {
    while (ends.tell(bytes(sent % 3000, sent)) == Sent::accepted) ++sent;
    // Not all, so that the next round begins somewhere else.
    for (std::size_t n = 0; n < sent / 3 || round == 19; ++n) {
      if (!ends.inlet.look()) break;
      ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(received % 3000, received))) << received;
      ++received;
      ends.take();
    }
    ends.inlet.publish_freed();
  }
  EXPECT_EQ(received, sent);
  EXPECT_GT(sent, 1000U);
}

TEST(RingGrowth, AcceptsAsManyBytesAsTheBoundSaysAndNoMore) {
  for (const std::size_t bound :
       {std::size_t{64} << 10, std::size_t{1} << 20, std::size_t{5} << 20}) {
    Ends ends(kAllRings, {.bytes = bound, .when_full = WhenFull::refuse});
    std::size_t accepted = 0;
    while (ends.tell(bytes(1000)) == Sent::accepted) accepted += 1024;
    EXPECT_LE(accepted, bound);
    EXPECT_GE(accepted, bound - bound / 8) << "records, skips and moves take their part";
    EXPECT_EQ(ends.tell(bytes(1000)), Sent::full);
    ends.drain();
    EXPECT_EQ(ends.tell(bytes(1000)), Sent::accepted);
  }
}

TEST(RingGrowth, DropsTheNewestWhereTheOptionsSaySo) {
  Ends ends(kAllRings, {.bytes = 64 << 10, .when_full = WhenFull::drop_newest});
  while (ends.tell(bytes(1000)) == Sent::accepted) {
  }
  EXPECT_EQ(ends.tell(bytes(1000)), Sent::dropped);
  Ask ask;
  EXPECT_EQ(ends.outlet.ask(1, bytes(1000), kPast, ask), Sent::full);  // nobody waits in vain
}

TEST(RingGrowth, LittleTrafficStaysInTheFirstRing) {
  Ends ends(kAllRings);
  for (std::size_t i = 0; i < 10'000; ++i) {
    ASSERT_EQ(ends.tell_waiting(bytes(200, i)), Sent::accepted);
    if (i % 8 == 0) ends.drain();
  }
  EXPECT_LE(resident_bytes(ends.memory), kRingsOffset + kFirstRingBytes);
}

TEST(RingGrowth, ABurstGivesItsMemoryBackWithTheNextMessages) {
  Ends ends(kAllRings);
  // 16 MiB in the rings that are passed through on the way, and half of the next one.
  while (resident_bytes(ends.memory) < (std::size_t{24} << 20)) {
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(ends.tell(bytes(1000)), Sent::accepted);
  }
  ends.drain();
  // A calm ring's length, and half as much: less than what was reserved ahead in the long one.
  for (std::size_t i = 0; i < 400; ++i) {
    ASSERT_EQ(ends.tell(bytes(1000, i)), Sent::accepted);
    ASSERT_TRUE(ends.inlet.look());
    ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(1000, i)));
    ends.drain();
  }
  EXPECT_LE(resident_bytes(ends.memory), std::size_t{17} << 20) << "what was passed through stays";
  // And it grows again.
  std::size_t more = 0;
  while (more < 20'000 && ends.tell(bytes(1000, more)) == Sent::accepted) ++more;
  EXPECT_EQ(more, 20'000U);
  for (std::size_t i = 0; i < more; ++i) {
    ASSERT_TRUE(ends.inlet.look());
    ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(1000, i))) << i;
    ends.take();
  }
}

TEST(RingGrowth, CloseFindsRoomWhereverTheRingsEnd) {
  for (std::size_t size = 0; size < 400; size += 8) {
    Ends ends(kAllRings, {.bytes = 64 << 10});
    std::size_t sent = 0;
    while (ends.tell(bytes(size)) == Sent::accepted) ++sent;
    ends.outlet.close();
    std::size_t received = 0;
    for (; ends.inlet.look() && ends.inlet.front()->kind == Kind::tell; ends.take()) ++received;
    ASSERT_EQ(received, sent);
    ASSERT_TRUE(ends.inlet.look());
    EXPECT_EQ(ends.inlet.front()->kind, Kind::close);
    ends.take();
  }
}

// What waits for room may wait for the move to be passed: here a message that is taken only alone.
TEST(RingGrowth, AMoveWakesAReceiverThatSleeps) {
  Ends ends(kAllRings, {.bytes = 1 << 20});
  while (ends.outlet.tell(1, bytes(1000), kPast) == Sent::accepted) {
  }
  ends.drain();
  ASSERT_TRUE(ends.inlet.arm());
  const auto alone = bytes(2 << 20);
  EXPECT_EQ(ends.tell(alone), Sent::full);  // the shorter ring is entered before it
  EXPECT_TRUE(rung(ends.pair.doorbell()));
  ends.inlet.disarm();
  ends.drain();
  EXPECT_EQ(ends.tell(alone), Sent::accepted);
}

TEST(RingGrowth, TheSecondLookIsBoundedByWhatFollowsAMove) {
  Ends ends(kAllRings);
  ASSERT_EQ(ends.tell(bytes(100)), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  while (ends.outlet.tell(1, bytes(3000), kPast) == Sent::accepted && !ends.inlet.next_stamp()) {
  }
  const std::uint64_t first = ends.inlet.front()->stamp;
  ASSERT_TRUE(ends.inlet.next_stamp().has_value());
  EXPECT_GT(*ends.inlet.next_stamp(), first);
}

// ---- long messages ---------------------------------------------------------------------------

TEST(LongMessages, LieInAParcelThatIsUsedAgain) {
  Ends ends(kAllRings, {.bytes = 1 << 20});
  for (std::size_t i = 0; i < 50; ++i) {
    ASSERT_EQ(ends.tell(bytes(300'000, i)), Sent::accepted);
    ASSERT_TRUE(ends.inlet.look());
    ends.inlet.begin();
    ASSERT_TRUE(same(ends.inlet.front()->payload, bytes(300'000, i)));
    ends.inlet.finish();
    ends.inlet.publish_freed();
  }
  EXPECT_EQ(ends.pair.depot.reserved, 1U);
}

TEST(LongMessages, LieInAParcelThoughThereIsRoomInTheRing) {
  for (int phase = 0; phase < 64; ++phase) {
    Ends ends(kAllRings, {.bytes = 64 << 10});
    while (ends.tell(bytes(1000)) == Sent::accepted) {
    }
    for (int i = 0; i <= phase; ++i) {
      ends.drain();
      ASSERT_EQ(ends.tell(bytes(1000)), Sent::accepted);
    }
    ends.drain();
    ASSERT_EQ(ends.tell(bytes(20'000)), Sent::accepted);
    ASSERT_EQ(ends.pair.depot.reserved, 1U) << phase;
  }
}

TEST(LongMessages, CountTowardsTheBoundButOneIsAlwaysTaken) {
  Ends ends(kAllRings, {.bytes = 1 << 20});
  ASSERT_EQ(ends.tell(bytes(700'000)), Sent::accepted);
  EXPECT_EQ(ends.tell(bytes(700'000)), Sent::full);
  EXPECT_EQ(ends.tell(bytes(100)), Sent::accepted);
  ends.drain();
  ASSERT_EQ(ends.tell(bytes(10'000'000)), Sent::accepted);  // more than the bound, alone
  EXPECT_EQ(ends.tell(bytes(100)), Sent::full);
  ends.drain();
  EXPECT_EQ(ends.tell(bytes(100)), Sent::accepted);
}

TEST(LongMessages, TooLongToKeepAreGivenUpByTheirReader) {
  Ends ends(kAllRings);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(ends.tell(bytes(std::size_t{150} << 20)), Sent::accepted);
    ends.drain();
    EXPECT_TRUE(ends.pair.depot.parcels.empty());
  }
}

TEST(LongMessages, WithoutMemoryAreRefusedAndLeaveTheChannelAsItWas) {
  Ends ends(kAllRings);
  ends.pair.depot.refuses = true;
  EXPECT_THROW(ends.tell(bytes(std::size_t{20} << 20)), Error);
  Ask ask;
  EXPECT_THROW(static_cast<void>(ends.outlet.ask(1, bytes(std::size_t{20} << 20), kPast, ask)),
               Error);
  EXPECT_FALSE(ends.inlet.look());
  EXPECT_EQ(ends.tell(bytes(100)), Sent::accepted);
}

TEST(LongMessages, OfWhichTheReaderGetsNoMemoryAreMarkedUnreadable) {
  Ends ends(kAllRings);
  ASSERT_EQ(ends.tell(bytes(std::size_t{20} << 20)), Sent::accepted);
  ends.pair.depot.parcels.clear();
  ASSERT_TRUE(ends.inlet.look());
  ends.inlet.begin();
  EXPECT_TRUE(ends.inlet.front()->unreadable);
  ends.inlet.finish();
  EXPECT_EQ(ends.tell(bytes(100)), Sent::accepted);
}

TEST(LongMessages, AsksCarryNumberDescriptorsAndParcelTogether) {
  Ends ends(kAllRings);
  Ask ask;
  const auto sent = bytes(std::size_t{20} << 20);
  ASSERT_EQ(ends.outlet.ask(9, Payload(sent, 55), kPast, ask), Sent::accepted);
  ASSERT_TRUE(ends.inlet.look());
  ends.inlet.begin();
  EXPECT_EQ(ends.inlet.front()->number, ask.number);
  EXPECT_EQ(ends.inlet.front()->descriptors, 55U);
  EXPECT_TRUE(same(ends.inlet.front()->payload, sent));
  ends.inlet.finish();
}

// A channel of which a part is missing: to touch it is the SIGBUS that a machine without memory would give.
class ShortOfMemory : public ::testing::Test {
 protected:
  // Of a ring its first `pages` are there, and nothing behind.
  void have_pages(std::uint32_t ring, std::size_t pages) {
    const std::size_t end =
        kSenderPartOffset + kRingsOffset + ring_offset(ring) + pages * kPageBytes;
    ASSERT_EQ(::ftruncate(memory.get(), static_cast<off_t>(end)), 0);
  }
  // Whether it was accepted; else there was no memory for it.
  bool tell(std::size_t size) {
    try {
      EXPECT_EQ(outlet.tell(1, bytes(size), kPast), Sent::accepted);
      ++accepted;
      return true;
    } catch (const Error&) {
      return false;
    }
  }
  void drain() {
    for (; inlet.look(); --accepted) {
      inlet.begin();
      inlet.finish();
    }
    inlet.publish_freed();
  }

  static os::Fd unsealed(const os::Fd& sealed) {
    struct stat status{};
    EXPECT_EQ(::fstat(sealed.get(), &status), 0);
    os::Fd copy{::memfd_create("channel", MFD_CLOEXEC)};
    EXPECT_EQ(::ftruncate(copy.get(), status.st_size), 0);
    std::vector<std::byte> start(kPageBytes);
    EXPECT_EQ(::pread(sealed.get(), start.data(), start.size(), 0), ssize_t{kPageBytes});
    EXPECT_EQ(::pwrite(copy.get(), start.data(), start.size(), 0), ssize_t{kPageBytes});
    return copy;
  }

  MailPair pair;
  os::Fd memory = unsealed(ChannelMemory().fd);
  Outlet outlet{Route{kActor, 5}, memory,        pair.mailbox_memory,
                pair.stamper,     pair.lifeline, pair.depot};
  Inlet inlet{Route{kActor, 5}, memory, pair.depot};
  int accepted = 0;  // and not read yet
};

TEST_F(ShortOfMemory, EachRecordHasItsPagesOrIsRefused) {
  have_pages(2, 3);
  while (tell(1000)) {
  }
  EXPECT_GT(accepted, 30) << "of 8, 16 and 12 KiB";
  for (int i = 0; i < 1000; ++i) tell(16);
  drain();
  EXPECT_EQ(accepted, 0);
  have_pages(3, 0);
  EXPECT_TRUE(tell(16)) << "there is memory again";
}

// What went straight into the ring before must not do so in the next one.
TEST_F(ShortOfMemory, AfterAMoveInVainOnlyWhatHasItsPagesIsAccepted) {
  have_pages(2, 1);
  while (accepted < 12) ASSERT_TRUE(tell(1000));  // on to the second ring,
  for (int i = 0; i < 106; ++i) {  // and around it, to its start: all its pages are there
    drain();
    ASSERT_TRUE(tell(1000));
  }
  drain();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(tell(1000));
  EXPECT_FALSE(tell(14'000)) << "in the third ring";
  int small = 0;
  while (tell(16)) ++small;
  EXPECT_GT(small, 50) << "in its only page";
  EXPECT_LE(small, 4096 / 40);
  drain();
  EXPECT_EQ(accepted, 0);
  have_pages(3, 0);
  EXPECT_TRUE(tell(16)) << "there is memory again";
}

}  // namespace
}  // namespace pactor::mail
