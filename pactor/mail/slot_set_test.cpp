#include <pactor/mail/slot_set.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace pactor::mail {
namespace {

std::vector<std::uint16_t> in(SlotSet set) {
  std::vector<std::uint16_t> found;
  set.each([&](std::uint16_t slot) { found.push_back(slot); });
  return found;
}

TEST(SlotSet, HasWhatWasPutThere) {
  SlotSet set;
  EXPECT_TRUE(set.empty());
  for (const std::uint16_t slot : std::vector<std::uint16_t>{200, 63, 64, 0, 63, 255})
    set.insert(slot);
  EXPECT_FALSE(set.empty());
  EXPECT_EQ(in(set), (std::vector<std::uint16_t>{0, 63, 64, 200, 255}));
  EXPECT_TRUE(set.contains(64));
  EXPECT_FALSE(set.contains(65));
}

TEST(SlotSet, OfAllIsUsedUpFromTheLowestOn) {
  SlotSet set = SlotSet::all();
  for (std::uint16_t slot = 0; slot < kReplySlots; ++slot) {
    ASSERT_FALSE(set.empty());
    ASSERT_EQ(set.lowest(), slot);
    set.erase(slot);
  }
  EXPECT_TRUE(set.empty());
}

TEST(SlotSet, MayLoseTheOneThatIsVisited) {
  SlotSet set = SlotSet::all();
  set.each([&](std::uint16_t slot) {
    if (slot % 3 != 0) set.erase(slot);
  });
  EXPECT_EQ(in(set).size(), (kReplySlots + 2) / 3);
}

}  // namespace
}  // namespace pactor::mail
