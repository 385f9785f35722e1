// What a question to the keeper comes to if the keeper closes the line for the answer, and no more is known.
#include <pactor/runtime/keeper_link.hpp>

#include <gtest/gtest.h>

#include <linux/futex.h>
#include <string>
#include <thread>

namespace pactor::runtime {
namespace {

constexpr std::uint32_t kThread = 42;

class KeeperLinkTest : public ::testing::Test {
 protected:
  // What the asker is told by a keeper that takes the question, closes the line for the answer, and leaves its
  // own end of the other one open.
  std::string told() {
    auto [mine, keepers] = os::socket_pair();
    const KeeperLink link(std::move(mine), mail::Lifeline(&alive_));
    std::thread keeper([&] { static_cast<void>(os::receive_message(keepers)); });
    std::string text;
    try {
      static_cast<void>(link.ask<DepositAnswer>(Collect{7}));
    } catch (const Error& error) {
      text = error.what();
    }
    keeper.join();
    return text;
  }

  mail::Word32 alive_{kThread | FUTEX_WAITERS};
};

TEST_F(KeeperLinkTest, SaysOfAKeeperThatLivesThatItLacksMeans) {
  EXPECT_NE(told().find("could not answer"), std::string::npos) << told();
}

// The kernel closes the descriptors of a killed process one after the other.
TEST_F(KeeperLinkTest, SaysOfAKeeperThatIsBeingKilledThatItHasEnded) {
  alive_ = kThread | FUTEX_OWNER_DIED;
  EXPECT_NE(told().find("has ended"), std::string::npos) << told();
}

}  // namespace
}  // namespace pactor::runtime
