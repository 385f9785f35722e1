// The handshakes of the transport, in every way that the C++ memory model allows (weak_memory/explorer.hpp): no
// wake-up is lost, no answer, no room, and no order. With a weaker order at one of the places where the
// code asks for sequential consistency, one of these fails.
#include "mail_pair.hpp"
#include "weak_memory/explorer.hpp"

#include <gtest/gtest.h>

#include <pactor/mail/fate.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

namespace pactor::mail {
namespace {

using weak_memory::Bounds;
using weak_memory::expect;
using weak_memory::Explored;
using weak_memory::Scene;

struct World : MailPair {
  explicit World(std::uint32_t rings = 0) : a(open(3, {}, rings)), b(open(4, {}, rings)) {}

  Line a, b;
  std::size_t payload = 8;
  std::vector<std::uint64_t> received;

  Sent try_to_tell(Line& line, std::uint64_t number, os::Deadline deadline) {
    return line.outlet->tell(number, bytes(payload, number), deadline);
  }
  void tell(Line& line, std::uint64_t number) {
    expect(try_to_tell(line, number, os::kNever) == Sent::accepted, "a message is not accepted");
  }
  // Asks, and waits for the answer. What became of it; `none`: it was not accepted, for the actor has closed.
  ReplyStatus ask(Line& line) {
    Ask ask;
    const Sent sent = line.outlet->ask(1, bytes(payload, 1), os::kNever, ask);
    if (sent == Sent::closed) return ReplyStatus::none;
    expect(sent == Sent::accepted, "an ask is not accepted");
    expect(line.outlet->asks().wait(ask, os::kNever), "there is no answer");
    const Answer answer = line.outlet->asks().read(ask);
    if (answer.status == ReplyStatus::value)
      expect(same(answer.bytes, bytes(payload, 1)), "an answer is not whole");
    line.outlet->asks().forget(ask);
    return answer.status;
  }
  // As an actor's loop, until so many have come.
  void receive(std::size_t count, bool answer = false) {
    while (received.size() < count) {
      const Letter* letter = mailbox.take();
      if (letter == nullptr) {
        static_cast<void>(mailbox.take_news());
        mailbox.wait();
        continue;
      }
      expect(same(letter->payload, bytes(payload, letter->method)), "a message is not whole");
      received.push_back(letter->method);
      if (answer) mailbox.inlet().answer(*letter, ReplyStatus::value, letter->payload, 1);
      mailbox.finish();
    }
  }
};

void expect_none_fails(const Bounds& bounds, const std::function<Scene()>& scene) {
  const Explored all = weak_memory::explore(scene, bounds);
  EXPECT_EQ(all.failure, "") << "in play " << all.plays;
  std::printf("%llu plays\n", static_cast<unsigned long long>(all.plays));
}

constexpr Bounds kDeep{.preemptions = 3, .stale_reads = 2};
constexpr Bounds kWide{.preemptions = 2, .stale_reads = 1};

TEST(WeakMemory, ReceiverThatFallsAsleepIsWoken) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{
        .threads = {[world] { world->tell(world->a, 1); }, [world] { world->receive(1); }}};
  });
}

TEST(WeakMemory, ReceiverThatFallsAsleepBetweenTwoMessagesOfASenderIsWoken) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               world->tell(world->a, 1);
                               world->tell(world->a, 2);
                             },
                             [world] { world->receive(2); }}};
  });
}

TEST(WeakMemory, ReceiverOfTwoSendersThatFallsAsleepIsWokenByEach) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] { world->tell(world->a, 1); },
                             [world] { world->tell(world->b, 2); },
                             [world] { world->receive(2); }}};
  });
}

TEST(WeakMemory, MessageThatCausedAnotherComesFirst) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               world->tell(world->a, 1);
                               world->tell(world->b, 2);
                             },
                             [world] { world->receive(2); }},
                 .check = [world] {
                   expect(std::ranges::is_sorted(world->received), "the order is another");
                 }};
  });
}

TEST(WeakMemory, AskerThatFallsAsleepIsWoken) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>();
    return Scene{
        .threads = {[world] { expect(world->ask(world->a) == ReplyStatus::value, "no answer"); },
                    [world] { world->receive(1, /*answer=*/true); }}};
  });
}

TEST(WeakMemory, SenderThatWaitsForRoomIsWoken) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    world->payload = 3000;
    std::uint64_t sent = 0;
    while (world->try_to_tell(world->a, sent + 1, kPast) == Sent::accepted) ++sent;
    return Scene{.threads = {[world, sent] { world->tell(world->a, sent + 1); },
                             [world, sent] { world->receive(sent + 1); }}};
  });
}

TEST(WeakMemory, AskToAnActorThatClosesEnds) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               const ReplyStatus status = world->ask(world->a);
                               expect(status == ReplyStatus::none || status == ReplyStatus::refused,
                                      "an answer of nobody");
                             },
                             [world] { world->mailbox.close(); }}};
  });
}

TEST(WeakMemory, SenderThatWaitsForRoomOfAnActorThatClosesIsWoken) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    world->payload = 3000;
    std::uint64_t sent = 0;
    while (world->try_to_tell(world->a, sent + 1, kPast) == Sent::accepted) ++sent;
    return Scene{.threads = {[world, sent] {
                               expect(
                                   world->try_to_tell(world->a, sent + 1, os::kNever) != Sent::full,
                                   "there is no deadline");
                             },
                             [world] { world->mailbox.close(); }}};
  });
}

// By the keeper, when the process of the receiver has gone.
TEST(WeakMemory, AskToAnActorThatHasDiedEnds) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               const ReplyStatus status = world->ask(world->a);
                               expect(status == ReplyStatus::none || status == ReplyStatus::died,
                                      "an answer of nobody");
                             },
                             [world] { announce_end(world->a.memory->fd, {}, 7); }}};
  });
}

TEST(WeakMemory, SenderThatWaitsForRoomOfAnActorThatHasDiedIsWoken) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    world->payload = 3000;
    std::uint64_t sent = 0;
    while (world->try_to_tell(world->a, sent + 1, kPast) == Sent::accepted) ++sent;
    return Scene{.threads = {[world, sent] {
                               expect(world->try_to_tell(world->a, sent + 1, os::kNever) ==
                                          Sent::closed,
                                      "accepted by nobody");
                             },
                             [world] { announce_end(world->a.memory->fd, {}, 7); }}};
  });
}

TEST(WeakMemory, WhoWaitsForAnEndIsWokenAndSeesWhatIsToldOfIt) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               expect(world->a.outlet->wait_ended(os::kNever), "no end");
                               const Fate& fate = world->a.memory->receiver_page().fate;
                               expect(fate.stamp == 7, "the end is not the one that was told");
                             },
                             [world] { announce_end(world->a.memory->fd, {}, 7); }}};
  });
}

}  // namespace
}  // namespace pactor::mail
