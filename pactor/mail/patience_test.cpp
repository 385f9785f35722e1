// How often who waits looks before it sleeps: counted, in looks and not in time.
#include <pactor/mail/patience.hpp>

#include "tests/one_cpu.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace pactor::mail {
namespace {

using pactor::testing::OnOneCpu;

class PatienceTest : public ::testing::Test {
 protected:
  // How often a wait for something that comes with look `comes_with` (0: never) looks.
  std::uint64_t looks(std::uint64_t comes_with = 0) {
    std::uint64_t count = 0;
    const bool came = patience_.wait_until([&] { return ++count == comes_with; }, peer_cpu_);
    EXPECT_EQ(came, comes_with != 0 && count == comes_with);
    return count;
  }
  // Fruitless waits until one looks just once, and goes to sleep.
  int fruitless_waits() {
    int waits = 0;
    while (waits < 100 && looks() > 1) ++waits;
    return waits;
  }

  static constexpr std::uint64_t kSoon = 10;  // in looks; the clock is read after more

  const OnOneCpu here_;
  Word32 peer_cpu_{this_cpu() + 1};
  Patience patience_;
};

TEST_F(PatienceTest, LooksOnceForWhatHasCome) {
  EXPECT_EQ(looks(1), 1U);
  peer_cpu_ = this_cpu();
  EXPECT_EQ(looks(1), 1U);
}

TEST_F(PatienceTest, LooksAgainForAPeerThatRunsElsewhere) { EXPECT_EQ(looks(kSoon), kSoon); }

TEST_F(PatienceTest, LooksOnceForAPeerThatHasToRunOnTheSameCpu) {
  peer_cpu_ = this_cpu();
  for (int wait = 0; wait < 100; ++wait) ASSERT_EQ(looks(), 1U);
  // Which was no experience that counts.
  peer_cpu_ = this_cpu() + 1;
  EXPECT_EQ(looks(kSoon), kSoon);
}

TEST_F(PatienceTest, EndsEachWaitThatIsInVainAndSoonDoesNotLookAgainAtAll) {
  // The bound is halved each time: 100 µs, 50, 25, ...
  int halvings = 0;
  for (auto bound = Patience::kMost; bound >= Patience::kLeast; bound /= 2) ++halvings;
  EXPECT_EQ(fruitless_waits(), halvings);
}

TEST_F(PatienceTest, TriesAgainNowAndThen) {
  fruitless_waits();  // the last of which was a nap
  for (std::uint32_t nap = 2; nap < Patience::kRetryEvery; ++nap) ASSERT_EQ(looks(), 1U) << nap;
  EXPECT_EQ(looks(kSoon), kSoon);
}

TEST_F(PatienceTest, GrowsWithWhatLookingBrings) {
  const int all = fruitless_waits();
  for (std::uint32_t nap = 1; nap < Patience::kRetryEvery; ++nap) looks();  // the last one looks
  // Two halvings, and a success that makes up for one of them.
  looks();
  EXPECT_EQ(looks(kSoon), kSoon);
  EXPECT_EQ(fruitless_waits(), all - 1);
}

}  // namespace
}  // namespace pactor::mail
