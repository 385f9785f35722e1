// What actors publish of their waits, in every way that the C++ memory model allows (weak_memory/explorer.hpp): no
// cycle is missed, and none is seen that is not there. See pactor/mail/published_wait.hpp.
#include "weak_memory/scenes.hpp"

#include <pactor/mail/published_wait.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace pactor::mail {
namespace {

// Actors of which each waits for the next one's answer.
struct Circle {
  struct Member {
    os::Fd memory = os::create_shared_memory("test-mailbox", kMailboxBytes);
    os::Mapping pages{memory, 0, kMailboxBytes, os::Access::read_write};
    std::unique_ptr<PublishedWait> wait;
    bool has_found_it = false;

    [[nodiscard]] Doorbell& doorbell() const { return *pages.as<Doorbell>(kDoorbellOffset); }
    [[nodiscard]] Control& control() const { return *pages.as<Control>(kControlOffset); }
  };
  explicit Circle(std::size_t size) : members(size) {}

  std::vector<Member> members;

  // What an actor does before it sleeps, and the keeper for it.
  void wait(std::size_t number) {
    Member& own = members[number];
    const Member& target = members[(number + 1) % members.size()];
    own.wait = std::make_unique<PublishedWait>(own.doorbell(), own.control(), target.doorbell(),
                                               Route{}, Ask{});
    if (!own.wait->may_close_a_cycle()) return;
    own.has_found_it = std::ranges::all_of(
        members, [](const Member& member) { return read_wait(member.control()).has_value(); });
  }
};

void expect_it_is_found(std::size_t size, const Bounds& bounds) {
  expect_none_fails(bounds, [size] {
    const auto circle = std::make_shared<Circle>(size);
    Scene scene;
    for (std::size_t i = 0; i < size; ++i)
      scene.threads.emplace_back([circle, i] { circle->wait(i); });
    scene.check = [circle] {
      expect(std::ranges::any_of(circle->members, &Circle::Member::has_found_it), "nobody sees it");
    };
    return scene;
  });
}
TEST(WeakMemory, CycleOfTwoIsFound) { expect_it_is_found(2, kDeep); }
TEST(WeakMemory, CycleOfThreeIsFound) {
  expect_it_is_found(3, {.preemptions = 1, .stale_reads = 1});
}
TEST(WeakMemory, CycleOfFourIsFound) {
  expect_it_is_found(4, {.preemptions = 0, .stale_reads = 1});
}

TEST(WeakMemory, WaitsThatFollowOneAnotherAreNotMixed) {
  expect_none_fails(kDeep, [] {
    const auto circle = std::make_shared<Circle>(1);
    return Scene{.threads = {[circle] {
                               const Circle::Member& own = circle->members[0];
                               for (std::uint16_t i = 1; i < 3; ++i) {
                                 const Route route{.actor = i, .channel = i};
                                 const Ask ask{.slot = i, .number = i};
                                 const PublishedWait wait(own.doorbell(), own.control(),
                                                          own.doorbell(), route, ask);
                               }
                             },
                             [circle] {
                               const auto wait = read_wait(circle->members[0].control());
                               if (!wait) return;
                               const std::uint64_t first = wait->route.actor;
                               expect(wait->route.channel == first && wait->ask.slot == first &&
                                          wait->ask.number == first,
                                      "two waits are one");
                             }}};
  });
}

// Its slot has another ask already, and it was answered before its actor came to wait itself.
TEST(WeakMemory, AskThatWasAnsweredBeforeIsNotTakenForUnanswered) {
  expect_none_fails(kWide, [] {
    const auto world = std::make_shared<World>();
    const Ask first = world->ask(world->a, 1);
    return Scene{
        .threads = {[world, first] {
                      world->await(world->a, first, 1);
                      static_cast<void>(world->ask(world->a, 2));
                    },
                    [world] {
                      world->receive(1, /*answers=*/true);
                      {
                        const PublishedWait wait(world->doorbell(), world->mailbox.control(),
                                                 world->doorbell(), Route{}, Ask{});
                      }
                      world->receive(2, /*answers=*/true);
                    },
                    [world, first] {
                      if (!read_wait(world->mailbox.control())) return;
                      expect(!is_unanswered(world->a.memory->fd, {.route = {}, .ask = first}),
                             "it had been answered");
                    }}};
  });
}

}  // namespace
}  // namespace pactor::mail
