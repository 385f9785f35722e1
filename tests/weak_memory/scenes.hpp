// What the scenes of the weak_memory tests have in common: an actor, and two processes that send to it, as threads
// of a play.
//
//     expect_none_fails(kWide, [] {
//       const auto world = std::make_shared<World>();
//       return Scene{.threads = {[world] { world->tell(world->a, 1); }, [world] { world->receive(1); }}};
//     });
#pragma once

#include "explorer.hpp"
#include "tests/mail_pair.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

namespace pactor::mail {

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
  [[nodiscard]] Ask ask(Line& line, std::uint64_t number) {
    Ask ask;
    const Sent sent = line.outlet->ask(number, bytes(payload, number), os::kNever, ask);
    expect(sent == Sent::accepted || sent == Sent::closed, "an ask is not accepted");
    return sent == Sent::accepted ? ask : Ask{};
  }
  // Waits for the answer, and checks that it is the one to this ask. What became of it; `none`: it was not accepted,
  // for the actor has closed.
  ReplyStatus await(Line& line, const Ask& ask, std::uint64_t number) {
    if (ask.number == 0) return ReplyStatus::none;
    expect(line.outlet->asks().wait(ask, os::kNever), "there is no answer");
    const Answer answer = line.outlet->asks().read(ask);
    if (answer.status == ReplyStatus::value)
      expect(same(answer.bytes, bytes(payload, number)), "an answer is not whole");
    line.outlet->asks().forget(ask);
    return answer.status;
  }
  ReplyStatus ask_and_await(Line& line, std::uint64_t number = 1) {
    return await(line, ask(line, number), number);
  }
  // Until nothing more fits. Returns how many messages that are.
  std::uint64_t fill(Line& line) {
    std::uint64_t sent = 0;
    while (try_to_tell(line, sent + 1, kPast) == Sent::accepted) ++sent;
    return sent;
  }
  // As an actor's loop, until so many have come. `mailbox`: that of another process than the first.
  void receive(std::size_t count, bool answers = false) { receive(mailbox, count, answers); }
  void receive(Mailbox& mailbox, std::size_t count, bool answers = false) {
    while (received.size() < count) {
      const Letter* letter = mailbox.take();
      if (letter == nullptr) {
        static_cast<void>(mailbox.take_news());
        mailbox.wait();
        continue;
      }
      expect(same(letter->payload, bytes(payload, letter->method)), "a message is not whole");
      received.push_back(letter->method);
      if (answers) mailbox.inlet().answer(*letter, ReplyStatus::value, letter->payload, 1);
      mailbox.finish();
    }
  }
};

inline void expect_none_fails(const Bounds& bounds, const std::function<Scene()>& scene) {
  const Explored all = weak_memory::explore(scene, bounds);
  EXPECT_EQ(all.failure, "") << "in play " << all.plays;
  std::printf("%llu plays\n", static_cast<unsigned long long>(all.plays));
}

inline constexpr Bounds kDeep{.preemptions = 3, .stale_reads = 2};
inline constexpr Bounds kWide{.preemptions = 2, .stale_reads = 1};

}  // namespace pactor::mail
