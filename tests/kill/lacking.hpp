// Calls of a victim that fail: one after the other, so that it comes to what it does then.
#pragma once

#include "board.hpp"
#include "tests/exhaustion/faults.hpp"
#include "tests/processes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace killing {

// What the transport asks for, and what others do for it.
inline constexpr std::array<std::string_view, 11> kAskedFor{
    "new",    "memfd_create", "mmap",  "madvise",    "fallocate",  "sendmsg",
    "rights", "recvmsg",      "fstat", "futex_wait", "futex_waitv"};

// While one lives, this call of the victim's fails, counted from rewind() on.
class Lacking {
 public:
  Lacking(std::size_t kind, std::uint32_t nth, bool for_good) {
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
    const auto lack = [&](std::uint32_t nth, bool for_good) {
      const Lacking lacking(kind, nth, for_good);
      Lacking::rewind();  // also where nothing is played any more, for a test has failed
      kills += play(std::string(name) + " " + (for_good ? "always" : std::to_string(nth)), [&] {
        Lacking::rewind();
        scene();
      });
    };
    std::uint32_t nth = 0;
    do {
      lack(++nth, /*for_good=*/false);
    } while (processes::full() && faults::page().reached);
    if (processes::full()) lack(1, /*for_good=*/true);
  }
  return kills;
}

}  // namespace killing
