// The handshakes of the transport, in every way that the C++ memory model allows (weak_memory/explorer.hpp):
// answers, and ends, reach who waits for them, and whole. With a weaker order at one of the places where the code
// asks for one, one of these fails (./dev mutate).
#include "weak_memory/scenes.hpp"

#include <pactor/mail/fate.hpp>

namespace pactor::mail {
namespace {

TEST(WeakMemory, AskerThatFallsAsleepIsWoken) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>();
    return Scene{
        .threads = {
            [world] { expect(world->ask_and_await(world->a) == ReplyStatus::value, "no answer"); },
            [world] { world->receive(1, /*answers=*/true); }}};
  });
}

// The first answer's room in the arena is free again as soon as it has been read.
TEST(WeakMemory, AnswersThatTakeTheRoomOfEarlierOnesLeaveTheseWhole) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>();
    world->payload = kInlineReplyBytes + 1;
    const Ask first = world->ask(world->a, 1), second = world->ask(world->a, 2);
    return Scene{.threads = {[world, first, second] {
                               world->await(world->a, first, 1);
                               world->await(world->a, second, 2);
                             },
                             [world] { world->receive(2, /*answers=*/true); }}};
  });
}

TEST(WeakMemory, AskToAnActorThatClosesEnds) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               const ReplyStatus status = world->ask_and_await(world->a);
                               expect(status == ReplyStatus::none || status == ReplyStatus::refused,
                                      "an answer of nobody");
                             },
                             [world] { world->mailbox.close(); }}};
  });
}

// By the keeper, when the process of the receiver has gone.
TEST(WeakMemory, AskToAnActorThatHasDiedEnds) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               const ReplyStatus status = world->ask_and_await(world->a);
                               expect(status == ReplyStatus::none || status == ReplyStatus::died,
                                      "an answer of nobody");
                               expect(world->a.outlet->fate().told(),
                                      "nothing is known of the end");
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

TEST(WeakMemory, WhoSeesAnEndWithoutWaitingSeesWhatIsToldOfIt) {
  expect_none_fails(kDeep, [] {
    const auto world = std::make_shared<World>();
    return Scene{.threads = {[world] {
                               const Fate& fate = world->a.memory->receiver_page().fate;
                               if (fate.told()) expect(fate.stamp == 7, "it is another end");
                             },
                             [world] { announce_end(world->a.memory->fd, {}, 7); }}};
  });
}

}  // namespace
}  // namespace pactor::mail
