// The doorbell's numbers, and stamps. That no wake-up is missed: wake_schedule_test.cpp.

#include "tests/mail_pair.hpp"

#include <gtest/gtest.h>

namespace pactor::mail {
namespace {

constexpr std::uint64_t kHour = 3'600'000'000'000;
constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

TEST(Stamps, ClockThatIsToldNonsenseStillRises) {
  Word64 last{0};
  Stamper stamper(&last);
  const std::uint64_t before = stamper.next();
  for (const std::uint64_t nonsense : {UINT64_MAX, kSign, kSign - 2, before + kHour}) {
    stamper.raise(nonsense);
    EXPECT_GT(stamper.next(), before);
    EXPECT_LT(stamper.last(), before + kHour);
  }
  stamper.raise(before + 1'000'000);  // somebody may have been busier
  EXPECT_GT(stamper.next(), before + 1'000'000);
}

TEST(Stamps, SuccessorDoesNotGoOnFromAClockThatIsDamaged) {
  const MailPair pair;
  for (const std::uint64_t damaged : {UINT64_MAX, kSign, os::now_ns() + kHour}) {
    pair.mailbox.control().last_stamp.store(damaged);
    TestDepot depot;
    Mailbox successor(kActor, pair.mailbox_memory, depot);
    successor.take_over();
    const std::uint64_t next = successor.stamper().next();
    EXPECT_LE(next, os::now_ns() + 1);
    EXPECT_GT(next, os::coarse_now_ns() - 1'000'000'000);
  }
}

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
