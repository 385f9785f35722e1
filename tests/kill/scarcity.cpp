// kill -9 at every instruction of those that run when something is lacking: memory, descriptors, room in the
// kernel. One call after the other of the victim's fails, as in exhaustion_test, and it dies wherever it then
// comes to.
#include "fixture.hpp"
#include "scenes.hpp"
#include "tests/exhaustion/faults.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace killing;
using pactor::Actor;
using pactor::Options;

// What the transport asks for, and what others do for it.
constexpr std::array<std::string_view, 11> kAskedFor{
    "new",    "memfd_create", "mmap",  "madvise",    "fallocate",  "sendmsg",
    "rights", "recvmsg",      "fstat", "futex_wait", "futex_waitv"};

// While one lives, this call of the victim's fails, counted from rewind() on.
class Lacking {
 public:
  Lacking(std::size_t kind, std::uint32_t nth, bool for_good = false) {
    faults::page().plan = {.role = faults::Role::victim,
                           .kind = static_cast<std::uint8_t>(kind),
                           .error = faults::kKinds[kind].errors[0],
                           .first = nth,
                           .for_good = for_good};
    board().scarce = true;
  }
  Lacking(const Lacking&) = delete;
  Lacking& operator=(const Lacking&) = delete;
  ~Lacking() {
    faults::page().plan.first = 0;
    board().scarce = false;
  }

  static void rewind() {
    faults::page().reached = false;
    for (auto& count : faults::page().counts[static_cast<std::size_t>(faults::Role::victim)])
      count = 0;
  }
};

// In the everyday suite the first call of each kind only.
template <class Play, class Scene>
std::size_t kill_while_something_lacks(Play play, Scene scene) {
  std::size_t kills = 0;
  for (std::size_t kind = 0; kind < faults::kKinds.size(); ++kind) {
    const std::string_view name = faults::kKinds[kind].name;
    if (std::ranges::find(kAskedFor, name) == kAskedFor.end()) continue;
    std::uint32_t nth = 0;
    do {
      ++nth;
      const Lacking lacking(kind, nth);
      kills += play(std::string(name) + " " + std::to_string(nth), [&] {
        Lacking::rewind();
        scene();
      });
    } while (full() && faults::page().reached);
    if (!full()) continue;
    const Lacking lacking(kind, 1, /*for_good=*/true);
    kills += play(std::string(name) + " always", [&] {
      Lacking::rewind();
      scene();
    });
  }
  return kills;
}

TEST_F(Kill, OfASenderThatLacksSomethingLosesNothingThatWasAccepted) {
  choose();
  Actor<Receiver> receiver{mailbox_of_64_kib()};
  tell("sender, lacks something",
       kill_while_something_lacks(
           [this](const auto& name, const auto& scene) { return play(name, scene); },
           [&] {
             sender_dies(receiver, Others::asleep,
                         [&](Actor<Sender>& sender) { sender->say_in_short(receiver.proxy()); });
           }));
}

TEST_F(Kill, OfAReceiverThatLacksSomethingLosesNothingButTheMessageInProgress) {
  choose();
  tell("receiver, lacks something",
       kill_while_something_lacks(
           [this](const auto& name, const auto& scene) { return play(name, scene); },
           [] {
             Actor<Receiver> receiver{mailbox_of_64_kib()};
             receiver->become_victim();
             Talk talk(receiver.proxy(), kScriptLane);
             say_little(talk);
             receiver.close();
             expect_end(receiver.join());
           }));
}

TEST_F(Kill, OfASuccessorThatLacksSomethingLosesNothingButTheMessageInProgress) {
  choose();
  tell("successor, lacks something",
       kill_while_something_lacks(
           [this](const auto& name, const auto& scene) { return play(name, scene); },
           [] { successor_dies(); }));
}

}  // namespace
