// What the keeper keeps, for whom, and until when. (With the processes at both ends: tests/depot_test.cpp.)
#include <pactor/runtime/keeper_parcels.hpp>

#include <pactor/os/socket.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <limits>
#include <utility>

namespace pactor::runtime {
namespace {

constexpr ActorId kAsker = 5, kActor = 7, kStranger = 9;
constexpr mail::Route kRoute{.actor = kActor, .channel = 3};
constexpr mail::Route kOther{.actor = kActor, .channel = 4};

constexpr int kNumbers = 200;

class ParcelsTest : public testing::Test {
 protected:
  template <class Answer, class Ask>
  static std::pair<Answer, std::vector<os::Fd>> answer_to(Ask ask) {
    auto [mine, theirs] = os::socket_pair();
    ask(std::move(theirs));
    os::Received received = os::receive_message(mine, os::Deadline::min());
    if (received.state != os::Received::State::message) throw Error("no answer");
    wire::Decoder decoder(received.bytes);
    return {wire::decode<Answer>(decoder), std::move(received.fds)};
  }

  mail::Ticket reserve(ActorId writer, ActorId reader, const mail::Route& route = kRoute) {
    return answer_to<DepositAnswer>([&](const os::Fd& answer) {
             parcels.handle(Reserve{route, 100}, writer, reader, answer);
           })
        .first.ticket;
  }
  DepositAnswer deposit(ActorId writer, ActorId reader, std::size_t came, std::uint32_t said) {
    return answer_to<DepositAnswer>([&](os::Fd answer) {
             std::vector<os::Fd> fds;
             fds.push_back(std::move(answer));
             for (std::size_t i = 0; i < came; ++i) fds.push_back(os::duplicate(STDIN_FILENO));
             parcels.handle(Deposit{kRoute, said}, writer, reader, std::move(fds));
           })
        .first;
  }
  std::size_t fetch(mail::Ticket ticket, ActorId from) {
    return answer_to<DescriptorsAnswer>(
               [&](const os::Fd& answer) { parcels.handle(Fetch{ticket}, from, answer); })
        .second.size();
  }
  std::size_t collect(mail::Ticket ticket, ActorId from) {
    return answer_to<DescriptorsAnswer>(
               [&](const os::Fd& answer) { parcels.handle(Collect{ticket}, from, answer); })
        .second.size();
  }

  Parcels parcels{kNumbers};
};

TEST_F(ParcelsTest, MemoryIsForItsReaderAsOftenAsItAsks) {
  const mail::Ticket ticket = reserve(kAsker, kActor);
  EXPECT_NE(ticket, 0u);
  EXPECT_EQ(fetch(ticket, kActor), 1u);
  EXPECT_EQ(fetch(ticket, kActor), 1u) << "its successor, which has the same id, asks again";
  EXPECT_EQ(fetch(ticket, kStranger), 0u);
  EXPECT_EQ(fetch(ticket, kAsker), 0u);
  EXPECT_EQ(collect(ticket, kActor), 0u) << "it is memory";
}

TEST_F(ParcelsTest, MemoryIsWholePagesAndSealed) {
  const auto [answer, fds] = answer_to<DepositAnswer>(
      [&](const os::Fd& socket) { parcels.handle(Reserve{kRoute, 4097}, kAsker, kActor, socket); });
  ASSERT_EQ(fds.size(), 1u);
  struct stat status{};
  ASSERT_EQ(::fstat(fds[0].get(), &status), 0);
  EXPECT_EQ(status.st_size, 8192);
  EXPECT_NE(::fcntl(fds[0].get(), F_GET_SEALS) & F_SEAL_SHRINK, 0);
}

TEST_F(ParcelsTest, MemoryThatThereCannotBeIsRefusedWithAReason) {
  const auto [answer, fds] = answer_to<DepositAnswer>([&](const os::Fd& socket) {
    const auto most = std::numeric_limits<std::uint64_t>::max();
    parcels.handle(Reserve{kRoute, most}, kAsker, kActor, socket);
  });
  // Whether the kernel takes such a size is its business; nothing may be kept of what is refused.
  EXPECT_EQ(answer.ticket != 0, answer.reason.empty());
  EXPECT_EQ(parcels.size(), answer.ticket != 0 ? 1u : 0u);
}

TEST_F(ParcelsTest, DescriptorsAreThereForTheirReaderUntilItSaysThatItHasThem) {
  const mail::Ticket ticket = deposit(kAsker, kActor, 3, 3).ticket;
  EXPECT_EQ(collect(ticket, kStranger), 0u);
  EXPECT_EQ(collect(ticket, kAsker), 0u);
  EXPECT_EQ(fetch(ticket, kActor), 0u) << "they are descriptors";
  EXPECT_EQ(collect(ticket, kActor), 3u);
  EXPECT_EQ(collect(ticket, kActor), 3u) << "it may have had no room for them";
  parcels.handle(Discard{ticket}, kActor);
  EXPECT_EQ(collect(ticket, kActor), 0u);
  EXPECT_EQ(parcels.size(), 0u);
}

TEST_F(ParcelsTest, DescriptorsThatWereLostOnTheWayAreMissed) {
  const DepositAnswer answer = deposit(kAsker, kActor, 1, 2);
  EXPECT_EQ(answer.ticket, 0u);
  EXPECT_NE(answer.reason.find("2 more file descriptors"), std::string::npos) << answer.reason;
}

TEST_F(ParcelsTest, TheLastDescriptorsAreLeftForTheKeeperToReceiveWith) {
  std::vector<os::Fd> all;
  while (all.empty() || all.back().get() < kNumbers) all.push_back(os::duplicate(STDIN_FILENO));
  EXPECT_EQ(reserve(kAsker, kActor), 0u);
  const DepositAnswer answer = deposit(kAsker, kActor, 1, 1);
  EXPECT_EQ(answer.ticket, 0u);
  EXPECT_NE(answer.reason.find("let receivers catch up"), std::string::npos) << answer.reason;
  EXPECT_EQ(parcels.size(), 0u);
  all.clear();
  EXPECT_NE(reserve(kAsker, kActor), 0u);
}

TEST_F(ParcelsTest, NothingIsKeptForAReaderThatHasGone) {
  EXPECT_EQ(reserve(kAsker, kNobody), 0u);
  const DepositAnswer answer = deposit(kAsker, kNobody, 1, 1);
  EXPECT_EQ(answer.ticket, 0u);
  EXPECT_EQ(answer.reason, "");
  EXPECT_EQ(parcels.size(), 0u);
}

TEST_F(ParcelsTest, EitherEndMayDiscardAndNobodyElse) {
  const mail::Ticket one = reserve(kAsker, kActor), other = reserve(kAsker, kActor);
  parcels.handle(Discard{one}, kStranger);
  EXPECT_EQ(parcels.size(), 2u);
  parcels.handle(Discard{one}, kAsker);
  parcels.handle(Discard{other}, kActor);
  parcels.handle(Discard{other}, kActor);  // again: harmless
  EXPECT_EQ(parcels.size(), 0u);
}

TEST_F(ParcelsTest, TicketsAreNeverUsedAgain) {
  const mail::Ticket first = reserve(kAsker, kActor);
  parcels.handle(Discard{first}, kAsker);
  EXPECT_GT(reserve(kAsker, kActor), first);
}

TEST_F(ParcelsTest, WhatAnEndedReaderLeavesGoesAndItsOwnAnswersStay) {
  reserve(kAsker, kActor);
  reserve(kActor, kActor, {kActor, 1});
  const mail::Ticket answer = reserve(kActor, kAsker);
  parcels.reader_ended(kActor);
  EXPECT_EQ(parcels.size(), 1u);
  EXPECT_EQ(fetch(answer, kAsker), 1u);
  parcels.reader_ended(kAsker);
  EXPECT_EQ(parcels.size(), 0u);
}

TEST_F(ParcelsTest, WhatAGoneSenderHadSentGoesWithItsDrainedChannel) {
  const mail::Ticket other = reserve(kStranger, kActor, kOther);
  reserve(kAsker, kActor);
  const mail::Ticket answer = reserve(kActor, kStranger, kOther);
  parcels.drained(kRoute);
  EXPECT_EQ(parcels.size(), 2u);
  EXPECT_EQ(fetch(other, kActor), 1u);
  EXPECT_EQ(fetch(answer, kStranger), 1u);
}

TEST_F(ParcelsTest, AnswersGoWhenTheAskerLeavesTheChannel) {
  const mail::Ticket sent = reserve(kAsker, kActor);
  const mail::Ticket answer = reserve(kActor, kAsker);
  const mail::Ticket elsewhere = reserve(kActor, kAsker, kOther);
  parcels.handle(Leave{kRoute}, kAsker);
  EXPECT_EQ(fetch(answer, kAsker), 0u);
  EXPECT_EQ(fetch(sent, kActor), 1u);
  EXPECT_EQ(fetch(elsewhere, kAsker), 1u);
}

}  // namespace
}  // namespace pactor::runtime
