// Notices who makes no headway.
//
//     Watch watch(family.ledger());
//     std::string who = watch.look(Watch::Whom::each);   // again and again; empty: nobody
#pragma once

#include "ledger.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace storm {

class Watch {
 public:
  enum class Whom { each, all };  // whether it is enough that somebody makes some

  explicit Watch(const Ledger& ledger) : ledger_(ledger) {}

  // Counts its own rounds, and none for long: if the machine stands still, nobody is to blame.
  std::string look(Whom whom) {
    const Clock::time_point now = Clock::now();
    round_ = std::min<std::chrono::nanoseconds>(now - last_, std::chrono::milliseconds(50));
    last_ = now;
    std::string who;
    bool anybody = false;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const bool bystanders = i >= kSeats;
      const bool moved = see(
          places_[i], bystanders ? ledger_.bystanders[i - kSeats].asks : ledger_.seats[i].written);
      anybody |= moved;
      if (whom == Whom::all || places_[i].still < kPatience) continue;
      who = bystanders ? "a bystander" : name_of_seat(i);
    }
    all_.still = anybody ? Clock::duration::zero() : all_.still + round_;
    return all_.still > kPatience ? "everybody" : who;
  }

  // Somebody is stopped, for whom others may be waiting; but no bystander is.
  void excuse() {
    for (std::size_t i = 0; i < kSeats; ++i) places_[i].still = Clock::duration::zero();
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kPatience{8};

  struct Place {
    std::uint64_t count = 0;
    Clock::duration still{};
  };

  bool see(Place& place, std::uint64_t count) const {
    const bool moved = count != place.count;
    place.still = moved ? Clock::duration::zero() : place.still + round_;
    place.count = count;
    return moved;
  }

  const Ledger& ledger_;
  Clock::time_point last_ = Clock::now();
  Clock::duration round_{};
  std::array<Place, kSeats + kPairs> places_{};
  Place all_;
};

}  // namespace storm
