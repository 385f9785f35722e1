// The shared memory of a play: where it is mapped, and which of its words are contended.
#pragma once

#include <sys/types.h>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weak_memory {

// Each file of it is mapped once, for all; see instrumented.cpp.
struct Mapped {
  ino_t file;
  char* begin;
  std::size_t bytes;
};
inline std::vector<Mapped>& mapped() {
  static std::vector<Mapped> of_all;
  return of_all;
}
inline const Mapped* mapping_of(const void* at) {
  const auto found = std::ranges::find_if(mapped(), [at](const Mapped& memory) {
    return at >= memory.begin && at < memory.begin + memory.bytes;
  });
  return found == mapped().end() ? nullptr : &*found;
}
inline bool is_shared(const void* at) { return mapping_of(at) != nullptr; }
// The same in each play.
inline std::uint64_t place_of(const void* at) {
  const Mapped* const memory = mapping_of(at);
  const auto offset = static_cast<std::uint64_t>(static_cast<const char*>(at) - memory->begin);
  return static_cast<std::uint64_t>(memory - mapped().data()) << 48 | offset;
}

// The words that one thread has written and another one accessed, in this play or one before. To interrupt a
// thread elsewhere is as good as to interrupt it at the next of these; so that is where it is interrupted. A word by
// its place: memory is mapped elsewhere in each play.
class Contended {
 public:
  using Place = std::uint64_t;

  [[nodiscard]] bool contains(Place place) const {
    const auto found = words_.find(place);
    return found != words_.end() && found->second.contended();
  }
  void note(Place place, std::size_t thread, bool writes) {
    Use& use = words_[place];
    const bool before = use.contended();
    use.users |= 1U << thread;
    if (writes) use.writers |= 1U << thread;
    if (use.contended() != before) grown_ = true;
  }
  [[nodiscard]] bool take_grown() { return std::exchange(grown_, false); }

 private:
  struct Use {
    unsigned users = 0, writers = 0;
    [[nodiscard]] bool contended() const { return writers != 0 && (users & (users - 1)) != 0; }
  };
  std::unordered_map<Place, Use> words_;
  bool grown_ = false;
};

}  // namespace weak_memory
