// Creates actors until there is no descriptor left for one more, says why, closes some, and creates as
// many again; `crowd none` has nothing to do with actors. For tests that run it under a low limit.

#include <pactor/pactor.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace app {

class Idler {
 public:
  int answer() const { return 42; }
};
PACTOR_ACTOR(Idler, answer);

}  // namespace app

namespace {

using Crowd = std::vector<pactor::Actor<app::Idler>>;

// Adds actors until that fails; how many were added, and the reason of the failure.
std::pair<int, std::string> fill(Crowd& crowd) {
  for (int added = 0;; ++added) {
    try {
      crowd.emplace_back();
    } catch (const pactor::SpawnError& error) {
      return {added, error.what()};
    }
  }
}

}  // namespace

int main(int count, char** /*arguments*/) {
  constexpr int kClosed = 20;
  if (count > 1) return 0;
  Crowd crowd;
  const auto [first, reason] = fill(crowd);
  std::cout << "created " << first << "; " << reason << '\n';
  if (first < kClosed) return 2;
  for (const auto& actor : crowd) {
    if (actor.ask()->answer().get() != 42) return 1;
  }
  crowd.erase(crowd.begin(), crowd.begin() + kClosed);
  const auto [again, second_reason] = fill(crowd);
  std::cout << "closed " << kClosed << ", created " << again << " again, then "
            << (second_reason.substr(0, 40) == reason.substr(0, 40) ? "refused again"
                                                                    : second_reason)
            << '\n';
  pactor::close_all(crowd);
  return 0;
}
