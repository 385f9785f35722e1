// The handshakes of the transport, in every way that the C++ memory model allows (weak_memory/explorer.hpp): no
// wake-up is lost, no room, and no order. With a weaker order at one of the places where the code asks for one, one
// of these fails (./dev mutate).
#include "weak_memory/scenes.hpp"

#include <pactor/mail/fate.hpp>
#include <pactor/mail/succession.hpp>

#include <algorithm>

namespace pactor::mail {
namespace {

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

TEST(WeakMemory, ReceiverThatFallsAsleepIsWokenByTheKeeperToo) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] { ring_for_sure(world->doorbell(), kNewsChannel); },
                             [world] {
                               while (!world->mailbox.take_news()) {
                                 if (world->mailbox.take() == nullptr) world->mailbox.wait();
                               }
                             }}};
  });
}

// As often as there is a message: two of 3,000 bytes fit, one of 5,000.
void wait_for_room(const Bounds& bounds, std::size_t payload) {
  expect_none_fails(bounds, [payload] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    world->payload = payload;
    const std::uint64_t sent = world->fill(world->a);
    return Scene{.threads = {[world, sent] { world->tell(world->a, sent + 1); },
                             [world, sent] { world->receive(sent + 1); }}};
  });
}
TEST(WeakMemory, SenderThatWaitsForRoomIsWoken) { wait_for_room(kWide, 3000); }
TEST(WeakMemory, SenderThatWaitsForTheOnlyRoomThatThereWillBeIsWoken) {
  wait_for_room(kWide, 5000);
}

TEST(WeakMemory, SenderThatWaitsForRoomIsWokenByTheSuccessorOfAnActorThatDied) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    world->payload = 5000;
    const std::uint64_t sent = world->fill(world->a);
    static_cast<void>(world->mailbox.take());  // and dies in it
    return Scene{.threads = {[world, sent] { world->tell(world->a, sent + 1); },
                             [world] {
                               Mailbox successor(kActor, world->mailbox_memory, world->depot);
                               successor.take_over();
                               successor.attach(3, world->a.memory->fd);
                               world->receive(successor, 1);
                             }}};
  });
}

// Accepted or a dead letter; and if it is left behind, that is known of the end.
TEST(WeakMemory, MessageToAnActorThatClosesDoesNotVanish) {
  expect_none_fails(kDeep, [] {
    struct Meeting : World {
      Sent sent = Sent::full;
      std::uint64_t left = 0;
    };
    const auto world = std::make_shared<Meeting>();
    return Scene{.threads = {[world] { world->sent = world->try_to_tell(world->a, 1, os::kNever); },
                             [world] {
                               if (const Letter* letter = world->mailbox.take()) {
                                 world->received.push_back(letter->method);
                                 world->mailbox.finish();
                               }
                               world->left = world->mailbox.close();
                             }},
                 .check = [world] {
                   const bool processed = world->received.size() == 1;
                   if (world->sent == Sent::accepted)
                     expect(processed || world->left == 1, "it was accepted, and is forgotten");
                   else
                     expect(!processed, "it was processed, and its sender does not know");
                 }};
  });
}

TEST(WeakMemory, SenderThatWaitsForRoomOfAnActorThatClosesIsWoken) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    world->payload = 3000;
    const std::uint64_t sent = world->fill(world->a);
    return Scene{.threads = {[world, sent] {
                               expect(
                                   world->try_to_tell(world->a, sent + 1, os::kNever) != Sent::full,
                                   "there is no deadline");
                             },
                             [world] { world->mailbox.close(); }}};
  });
}

TEST(WeakMemory, SenderThatWaitsForRoomOfAnActorThatHasDiedIsWoken) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    world->payload = 3000;
    const std::uint64_t sent = world->fill(world->a);
    return Scene{.threads = {[world, sent] {
                               expect(world->try_to_tell(world->a, sent + 1, os::kNever) ==
                                          Sent::closed,
                                      "accepted by nobody");
                             },
                             [world] { announce_end(world->a.memory->fd, {}, 7); }}};
  });
}

// Where the ring has come round, and older records lie behind the latest.
TEST(WeakMemory, WhoCountsWhatADeadActorLeavesCountsNothingTwice) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>(/*rings=*/1);
    for (std::uint64_t i = 0; i < kOneRing / (sizeof(Record) + 8); ++i) {
      world->tell(world->a, i);
      world->receive(1);
      world->received.clear();
    }
    return Scene{.threads = {[world] {
                               world->tell(world->a, 1);
                               world->tell(world->a, 2);
                             },
                             [world] {
                               expect(count_unprocessed(world->a.memory->fd) <= 2,
                                      "there are more messages than were sent");
                             }}};
  });
}

}  // namespace
}  // namespace pactor::mail
