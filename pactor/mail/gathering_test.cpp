#include <pactor/mail/gathering.hpp>

#include "tests/one_cpu.hpp"

#include <gtest/gtest.h>

namespace {

using pactor::mail::Gathering;
using pactor::mail::Word32;

const Word32 kElsewhere{0};  // CPUs are counted from 1

bool looks_away_after(Gathering& gathering, std::uint32_t tells) {
  for (std::uint32_t i = 0; i < tells; ++i) gathering.took(/*tell=*/true);
  return gathering.look_away(kElsewhere);
}

TEST(Gathering, LooksAwayOnceManyTellsCameInARow) {
  Gathering gathering;
  // With looks in vain between them, as if the receiver kept up.
  for (std::uint32_t i = 1; i < Gathering::kManyTells; ++i)
    EXPECT_FALSE(looks_away_after(gathering, 1));
  EXPECT_TRUE(looks_away_after(gathering, 1));
}

TEST(Gathering, GoesOnAsLongAsSomeComeEachTime) {
  Gathering gathering;
  ASSERT_TRUE(looks_away_after(gathering, Gathering::kManyTells));
  EXPECT_TRUE(looks_away_after(gathering, Gathering::kSomeTells));
  EXPECT_TRUE(looks_away_after(gathering, Gathering::kSomeTells));
}

TEST(Gathering, StopsWhenLittleComes) {
  Gathering gathering;
  ASSERT_TRUE(looks_away_after(gathering, Gathering::kManyTells));
  EXPECT_FALSE(looks_away_after(gathering, Gathering::kSomeTells - 1));
  EXPECT_FALSE(looks_away_after(gathering, Gathering::kManyTells - 1));
  EXPECT_TRUE(looks_away_after(gathering, 1));
}

TEST(Gathering, EndsWithAnAsk) {
  Gathering gathering;
  for (std::uint32_t i = 0; i < Gathering::kManyTells; ++i) gathering.took(/*tell=*/true);
  gathering.took(/*tell=*/false);
  EXPECT_FALSE(gathering.look_away(kElsewhere));
  EXPECT_FALSE(looks_away_after(gathering, Gathering::kManyTells - 1));
}

TEST(Gathering, IsNotForASenderThatHasToRunHere) {
  Gathering gathering;
  for (std::uint32_t i = 0; i < Gathering::kManyTells; ++i) gathering.took(/*tell=*/true);
  const pactor::testing::OnOneCpu here;
  const Word32 sender_cpu{pactor::mail::this_cpu()};
  EXPECT_FALSE(gathering.look_away(sender_cpu));
}

}  // namespace
