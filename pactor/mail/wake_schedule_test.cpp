// Bad schedules for wake-ups: of the actor by its senders, and of senders that wait for room.

#include "tests/schedule.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pactor::mail {
namespace {

// ---- wake-ups ------------------------------------------------------------------------------------

TEST_F(Schedule, MessageJustBeforeArmingIsSeenByTheLookAfterIt) {
  expect_awake_after("arm: before armed", 1, [this] {  // of B, the last of the active ones
    EXPECT_EQ(tell(b_, 1), Sent::accepted);
    EXPECT_FALSE(rung(pair_.doorbell()));
  });
}

TEST_F(Schedule, MessageJustAfterArmingRings) {
  expect_awake_after("arm: armed", 1, [this] { EXPECT_EQ(tell(b_, 1), Sent::accepted); });
}

TEST_F(Schedule, RingJustBeforeAsleepIsSeenByTheLookAtTheDoorbell) {
  expect_awake_after("sleep: before asleep", 1, [this] {
    EXPECT_EQ(tell(a_, 1), Sent::accepted);
    EXPECT_EQ(pair_.doorbell().bell.load(), 0U);  // nobody was asleep
  });
}

TEST_F(Schedule, RingJustAfterAsleepIsSeenByTheLookAtTheDoorbell) {
  expect_awake_after("sleep: asleep set", 1, [this] { EXPECT_EQ(tell(a_, 1), Sent::accepted); });
}

TEST_F(Schedule, BellRaisedJustBeforeTheKernelSleepsKeepsItAwake) {
  expect_awake_after("sleep: nothing rung", 1, [this] { EXPECT_EQ(tell(a_, 1), Sent::accepted); });
}

TEST_F(Schedule, WhoSleepsIsWoken) {
  Player actor("actor", [this] { pair_.mailbox.wait(); });
  ASSERT_TRUE(actor.sleeps());
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_TRUE(actor.ends_in_time());
  wake_whoever_sleeps(pair_);
}

TEST_F(Schedule, RingWhileTheBitIsBeingClearedIsNotLost) {
  ASSERT_NO_FATAL_FAILURE(put_to_rest());
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(tell(a_, 2), Sent::accepted);  // finds its bit set
  EXPECT_EQ(take_all(), (std::vector<std::uint64_t>{1, 2}));
  ASSERT_NO_FATAL_FAILURE(put_to_rest());
  EXPECT_EQ(tell(a_, 3), Sent::accepted);
  EXPECT_TRUE(rung(pair_.doorbell()));
}

TEST_F(Schedule, StoppedSenderDoesNotKeepOthersFromWaking) {
  for (const char* point : {"commit: before header", "write: committed", "ring: bit set",
                            "wake: bell raised", "write: rung"}) {
    Player actor("actor", [this] { pair_.mailbox.wait(); });
    ASSERT_TRUE(actor.sleeps());
    Hold hold("stopped", point);
    Player stopped("stopped", [this] { EXPECT_EQ(tell(a_, 1), Sent::accepted); });
    ASSERT_TRUE(hold.reached()) << point;
    EXPECT_EQ(tell(b_, 2), Sent::accepted);
    EXPECT_TRUE(actor.ends_in_time()) << point;
    wake_whoever_sleeps(pair_);
    const auto order = take_all();
    ASSERT_FALSE(order.empty()) << point;
    EXPECT_EQ(order.back(), 2U) << point;
    hold.release();
    EXPECT_TRUE(stopped.ends_in_time());
    take_all();
  }
}

// ---- a sender that is killed -----------------------------------------------------------------

const char* killing_point = nullptr;
void kill_there(const char* point) {
  if (std::string_view(point) == killing_point) ::raise(SIGKILL);
}

// A process that tells 1, then is killed at a point of telling 2.
void run_killed_sender(const MailPair& pair, const Line& line, std::uint32_t channel,
                       const char* point) {
  const pid_t child = ::fork();
  if (child == 0) {
    Word64 last{pair.last_stamp.load()};
    Stamper stamper(&last);
    const Lifeline lifeline;
    TestDepot depot;
    Outlet outlet(Route{kActor, channel}, line.memory->fd, pair.mailbox_memory, stamper, lifeline,
                  depot);
    outlet.tell(1, bytes(100), os::kNever);
    const os::Mapping page(line.memory->fd, kReceiverPartOffset, kPageBytes,
                           os::Access::read_write);
    page.as<ReceiverPage>()->armed.store(1);  // so that it rings for the next one
    killing_point = point;
    pause_hook = &kill_there;
    outlet.tell(2, bytes(3000), os::kNever);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it does not come to " << point;
}

TEST_F(Schedule, KilledSenderHasSentAllOfAMessageOrNothing) {
  constexpr std::uint32_t kChannel = 70;
  const std::map<std::string, std::size_t> whole{{"commit: before header", 1},
                                                 {"write: committed", 2},
                                                 {"ring: bit set", 2},
                                                 {"write: rung", 2}};
  for (const auto& [point, messages] : whole) {
    const Line killed = pair_.open(kChannel);
    ASSERT_NO_FATAL_FAILURE(run_killed_sender(pair_, killed, kChannel, point.c_str()));
    pair_.mailbox.sender_gone(kChannel);  // as the keeper says
    EXPECT_EQ(take_all().size(), messages) << point;
    EXPECT_EQ(tell(a_, 3), Sent::accepted);
    EXPECT_EQ(take_all(), std::vector<std::uint64_t>{3}) << point;
    EXPECT_EQ(pair_.mailbox.take_drained(), std::vector{kChannel}) << point;
    // Its number has a new owner, who is heard though everybody sleeps.
    Line heir = pair_.open(kChannel);
    expect_awake_after("sleep: before asleep", 4,
                       [&] { EXPECT_EQ(tell(heir, 4), Sent::accepted); });
    ASSERT_FALSE(HasFatalFailure()) << point;
    pair_.mailbox.sender_gone(kChannel);
    take_all();
    EXPECT_EQ(pair_.mailbox.take_drained(), std::vector{kChannel});
  }
}

// ---- room ----------------------------------------------------------------------------------------

class Room : public Schedule {
 protected:
  Room() : Schedule(1) {}  // which does not grow

  // A sender that waits for room is held at `point` while the receiver makes some.
  void expect_sent_after(const char* point, const std::function<void()>& make_room,
                         Sent expected = Sent::accepted) {
    const auto payload = bytes(1000);
    while (a_.outlet->tell(1, payload, kPast) == Sent::accepted) {
    }
    Hold hold("sender", point);
    Sent sent = Sent::full;
    Player sender("sender", [&] { sent = a_.outlet->tell(2, payload, os::kNever); });
    ASSERT_TRUE(hold.reached());
    make_room();
    hold.release();
    EXPECT_TRUE(sender.ends_in_time()) << "the wake-up was lost";
    // Should it be so: let it end.
    a_.memory->receiver_page().space.fetch_add(1);
    os::futex_wake(a_.memory->receiver_page().space, 1);
    EXPECT_TRUE(sender.ends_in_time());
    EXPECT_EQ(sent, expected);
  }
};

TEST_F(Room, FreedJustBeforeItIsWantedIsSeen) {
  expect_sent_after("wait_for_space: before wanted", [this] { EXPECT_FALSE(take_all().empty()); });
}

TEST_F(Room, FreedJustAfterItIsWantedIsSeen) {
  expect_sent_after("wait_for_space: wanted", [this] { EXPECT_FALSE(take_all().empty()); });
}

TEST_F(Room, FreedJustBeforeTheKernelSleepsKeepsTheSenderAwake) {
  expect_sent_after("wait_for_space: nothing freed", [this] { EXPECT_FALSE(take_all().empty()); });
}

TEST_F(Room, FreedAsNoSaneReceiverSaysItDoesNotKeepASenderAwake) {
  Hold hold("sender", "wait_for_space: nothing freed");
  const auto most = bytes(kLongestPayload);
  while (a_.outlet->tell(1, most, kPast) == Sent::accepted) {
  }
  // Less than it has said before.
  EXPECT_EQ(take_one(), 1U);
  while (a_.outlet->tell(1, most, kPast) == Sent::accepted) {
  }
  a_.memory->receiver_page().freed.store(0);
  Player sender("sender", [&] { a_.outlet->tell(2, most, os::kNever); });
  EXPECT_TRUE(hold.reached());
  hold.release();
  a_.memory->receiver_page().closed.store(1);
  a_.memory->receiver_page().space.fetch_add(1);
  os::futex_wake(a_.memory->receiver_page().space, 1);
  EXPECT_TRUE(sender.ends_in_time());
}

TEST_F(Room, SenderThatWaitsLearnsOfTheClose) {
  for (const char* point : {"wait_for_space: before wanted", "wait_for_space: wanted",
                            "wait_for_space: nothing freed"}) {
    a_ = pair_.open(3, {}, 1);
    expect_sent_after(point, [this] { announce_end(a_.memory->fd, {}, 0); }, Sent::closed);
  }
}

TEST_F(Room, WhoHasWaitedForItIsNotAcceptedBehindAClose) {
  const auto payload = bytes(1000);
  while (a_.outlet->tell(1, payload, kPast) == Sent::accepted) {
  }
  Hold hold("sender", "wait_for_space: nothing freed");
  Sent sent = Sent::full;
  Player sender("sender", [&] { sent = a_.outlet->tell(2, payload, os::kNever); });
  ASSERT_TRUE(hold.reached());
  hold.release();
  ASSERT_TRUE(sender.sleeps());
  a_.outlet->close();
  const std::vector<std::uint64_t> taken = take_all();
  ASSERT_TRUE(sender.ends_in_time());
  EXPECT_EQ(sent, Sent::closed);
  EXPECT_EQ(std::ranges::count(taken, 2U), 0);
  EXPECT_EQ(take_all(), std::vector<std::uint64_t>());
}

TEST_F(Room, SenderThatWaitsLearnsThatItIsCutOff) {
  expect_sent_after(
      "wait_for_space: nothing freed",
      [this] {
        a_.memory->record(0).header.store(pack_header(1, Kind::tell));
        EXPECT_TRUE(take_all().empty());
        EXPECT_EQ(pair_.mailbox.take_cut_off(), 1);
      },
      Sent::closed);
}

TEST_F(Room, IsToldToASenderThatWaitsWhileOthersKeepTheActorBusy) {
  // Less than a batch, and nobody waits yet: not published.
  const auto most = bytes(kLongestPayload);
  EXPECT_EQ(tell(a_, 1), Sent::accepted);
  EXPECT_EQ(take_one(), 1U);
  Hold hold("sender", "wait_for_space: nothing freed");
  Player sender("sender", [&] { a_.outlet->tell(2, most, os::kNever); });
  ASSERT_TRUE(hold.reached());
  hold.release();
  ASSERT_TRUE(sender.sleeps());
  std::vector<std::uint64_t> taken;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(tell(b_, 3), Sent::accepted);  // never idle
    taken.push_back(take_one());
  }
  EXPECT_TRUE(sender.ends_in_time());
  a_.memory->receiver_page().closed.store(1);
  a_.memory->receiver_page().space.fetch_add(1);
  os::futex_wake(a_.memory->receiver_page().space, 1);
}

TEST_F(Room, TakenByASkipIsFreedByAnActorThatSleeps) {
  EXPECT_EQ(a_.outlet->tell(1, bytes(3000), os::kNever), Sent::accepted);
  EXPECT_EQ(take_one(), 1U);
  std::uint64_t taken = 0;
  Hold sleeping("actor", "sleep: nothing rung");
  Player actor("actor", [&] { taken = take_one(); });
  ASSERT_TRUE(sleeping.reached());
  // The ring is empty, but it does not fit before the end; and needs, from the start, all of it.
  const auto most = bytes(kLongestPayload);
  Sent sent = Sent::full;
  Hold waiting("sender", "wait_for_space: before wanted");
  Player sender("sender", [&] { sent = a_.outlet->tell(2, most, os::kNever); });
  ASSERT_TRUE(waiting.reached());
  sleeping.release();
  waiting.release();
  const bool in_time = sender.ends_in_time() && actor.ends_in_time();
  if (!in_time) {
    announce_end(a_.memory->fd, {}, 0);
    EXPECT_TRUE(sender.ends_in_time());
    tell(b_, 3);
  }
  ASSERT_TRUE(in_time) << "both sleep";
  ASSERT_TRUE(actor.ends_in_time());
  EXPECT_EQ(sent, Sent::accepted);
  EXPECT_EQ(taken, 2U);
}

}  // namespace
}  // namespace pactor::mail
