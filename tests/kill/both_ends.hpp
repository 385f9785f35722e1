// Scenes whose victim has both ends of a channel; afterwards the keeper deals with that.
#pragma once

#include "fixture.hpp"
#include "lacking.hpp"
#include "pool.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace killing {

struct Case {
  std::string name;
  std::function<void()> part;
};

inline constexpr pactor::MailboxOptions kRoomy{.bytes = 16 << 20, .when_full = {}};
inline constexpr pactor::MailboxOptions kNarrow{.bytes = 64 << 10, .when_full = {}};

inline void play_once(const Case& scene) {
  in_a_pool(
      [&] {
        try {
          scene.part();
        } catch (const std::exception&) {
          if (!board().scarce) throw;
        }
      },
      [] { keeper_deals_with(kFirstChannel); });
}

// As it is, and while one call after the other fails. `play`: see Kill::player(). Returns how many were killed.
template <class Play>
std::size_t kill_in(Play play, const Case& scene) {
  const auto once = [&] { play_once(scene); };
  const std::size_t kills = play(scene.name, once);
  return kills + kill_while_something_lacks(
                     [&](const std::string& what, const auto& again) {
                       return play(scene.name + ", " + what, again);
                     },
                     once);
}

inline pactor::os::Deadline soon() {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(1);
}

inline void answer_all(pactor::mail::MailPair& pair, std::size_t size) {
  using namespace pactor::mail;
  while (const Letter* letter = next(pair.mailbox)) {
    if (letter->kind == Kind::ask)
      pair.mailbox.inlet().answer(*letter, ReplyStatus::value, bytes(size), 1);
    pair.mailbox.finish();
  }
}

inline std::vector<pactor::mail::Ask> ask(const pactor::mail::Line& line, int times) {
  using namespace pactor::mail;
  std::vector<Ask> asks(static_cast<std::size_t>(times));
  for (Ask& each : asks) static_cast<void>(line.outlet->ask(1, bytes(8), kPast, each));
  return asks;
}

// Tells until it is full. Returns how many have gone in.
inline int fill(const pactor::mail::Line& line, std::size_t size = 1'000) {
  using namespace pactor::mail;
  int sent = 0;
  while (line.outlet->tell(1, bytes(size), kPast) == Sent::accepted) ++sent;
  return sent;
}

// Takes and finishes as many as there are, but at most so many.
inline int take_all(pactor::mail::Mailbox& mailbox, int most = 100'000) {
  int taken = 0;
  while (taken < most && pactor::mail::next(mailbox) != nullptr) {
    mailbox.finish();
    ++taken;
  }
  return taken;
}

// So often that its channels rest.
inline void look_in_vain(pactor::mail::Mailbox& mailbox) {
  for (int i = 0; i < 100; ++i) static_cast<void>(mailbox.take());
}

}  // namespace killing
