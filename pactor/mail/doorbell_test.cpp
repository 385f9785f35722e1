// The doorbell's numbers, and stamps. That no wake-up is missed: wake_schedule_test.cpp.

#include "tests/mail_pair.hpp"

#include <gtest/gtest.h>

namespace pactor::mail {
namespace {

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
