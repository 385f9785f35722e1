// What the judge, the victims and the witnesses of a killing share, by means that are not pactor's: memory
// mapped before main(), so that every process of the family has it.
#pragma once

#include "tests/shared_memory.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace killing {

inline constexpr std::uint32_t kMostInstructions = 1U << 15;
inline constexpr std::uint32_t kMostMessages = 1U << 13;

// The messages of one sender to one receiver, numbered from 1.
struct Lane {
  std::atomic<std::uint32_t> attempted;  // the last one that its sender began to send
  std::array<std::atomic<bool>, kMostMessages> accepted;
  std::atomic<std::uint32_t> noted;  // how many have reached their method, and which: in that order
  std::array<std::atomic<std::uint32_t>, kMostMessages> note;
  std::atomic<std::uint32_t> failed_asks;  // with ActorDied
};

// By whom they are used. What goes to an actor that ends with its creator, nobody judges.
enum LaneNumber : std::uint32_t {
  kScriptLane,
  kFloodLane,
  kWitnessLane,
  kSelfLane,
  kJudgedLanes,
  kOwnLane = kJudgedLanes,
  kLanes
};

struct Board {
  // Where the next victim dies: at the first of these instructions that it comes to.
  std::array<std::atomic<bool>, kMostInstructions> deadly;
  std::atomic<std::uint32_t> struck;  // the number of that instruction, plus 1
  std::atomic<bool> newborn_is_victim, keeper_is_victim;
  std::array<std::atomic<int>, 8> family;  // process ids of what the keeper has made

  std::atomic<bool> scarce;  // the victim's calls fail: see faults.hpp

  std::atomic<bool> acted;  // the other side, in the victim: see meanwhile.hpp

  std::atomic<std::uint32_t> held;     // while 1, hold() does not return
  std::atomic<std::uint32_t> holding;  // 1: hold() runs
  std::atomic<std::uint32_t> wrong;    // what must not happen, and did
  std::array<char, 200> what;          // the first of that

  std::array<Lane, kLanes> lanes;

  void complain(const char* text) {
    if (wrong.fetch_add(1) != 0) return;
    for (std::size_t i = 0; i + 1 < what.size() && text[i] != '\0'; ++i) what[i] = text[i];
  }
  void clear_messages() {
    for (Lane& lane : lanes) {
      for (std::uint32_t i = 0; i <= lane.attempted; ++i) lane.accepted[i] = false;
      lane.attempted = lane.noted = lane.failed_asks = 0;
    }
    struck = held = holding = 0;
    for (auto& pid : family) pid = 0;
  }
};

// The first call is a static initialiser's: before the keeper is cloned.
inline Board& board() {
  static Board& shared = pactor::testing::share<Board>();
  return shared;
}
[[maybe_unused]] inline Board& mapped_before_main = board();

}  // namespace killing
