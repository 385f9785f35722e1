// Which way each play of a scene goes: depth first, the first time along all zeroes.
//
//     do { choices.begin(); …; which = choices.choose(3); … } while (choices.advance());
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace weak_memory {

class Choices {
 public:
  void begin() { next_ = 0; }
  std::uint32_t choose(std::uint32_t count) {
    if (count < 2) return 0;
    if (next_ == path_.size()) path_.push_back({0, count});
    if (path_[next_].count != count) std::abort();  // the same way did not lead to the same place
    return path_[next_++].taken;
  }
  // False: all have been taken.
  bool advance() {
    path_.resize(next_);
    while (!path_.empty() && path_.back().taken + 1 == path_.back().count) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }

 private:
  struct Choice {
    std::uint32_t taken, count;
  };
  std::vector<Choice> path_;
  std::size_t next_ = 0;
};

}  // namespace weak_memory
