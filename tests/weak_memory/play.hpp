// One play of a scene: what each load may read, what each thread has seen, and who comes next. See explorer.hpp
// for the model.
#pragma once

#include "choices.hpp"
#include "explorer.hpp"
#include "places.hpp"

#include <ucontext.h>
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weak_memory {

inline constexpr std::size_t kMostThreads = 4;

// Of each word, by its number, the latest store that is known; and how far each thread is known to have come.
struct View {
  std::vector<std::uint32_t> words;
  std::array<std::uint32_t, kMostThreads> clocks{};

  [[nodiscard]] std::uint32_t of(std::size_t word) const {
    return word < words.size() ? words[word] : 0;
  }
  void see(std::size_t word, std::uint32_t store) {
    if (word >= words.size()) words.resize(word + 1, 0);
    words[word] = std::max(words[word], store);
  }
  void join(const View& other) {
    if (words.size() < other.words.size()) words.resize(other.words.size(), 0);
    for (std::size_t i = 0; i < other.words.size(); ++i)
      words[i] = std::max(words[i], other.words[i]);
    for (std::size_t i = 0; i < kMostThreads; ++i) clocks[i] = std::max(clocks[i], other.clocks[i]);
  }
};

struct Store {
  std::uint64_t value;
  View released;  // what an acquire that reads it gets to see
};

struct Word {
  std::size_t number;
  std::vector<Store> stores;
  std::uint32_t latest_sc = 0;
};

// Of eight bytes, for accesses that are not atomic.
struct Bytes {
  std::size_t writer = 0;
  std::uint32_t written = 0;  // the writer's clock; 0: not yet
  std::array<std::uint32_t, kMostThreads> read{};
};

struct Thread {
  ucontext_t context;
  std::function<void()> run;
  std::unique_ptr<char[]> stack;
  View view;
  const void* sleeps_on = nullptr;
  bool ended = false;
};

class Play {
 public:
  Play(Choices& choices, Contended& contended, const Bounds& bounds)
      : choices_(choices), contended_(contended), bounds_(bounds) {}

  std::string run(Scene scene);

  // Called by the threads.
  std::uint64_t load(const void* at, std::uint64_t raw, int order);
  void store(const void* at, std::uint64_t before, std::uint64_t value, int order);
  void read_modify_write(const void* at, std::uint64_t before, std::uint64_t value, int order);
  void read(const void* at, std::size_t bytes);
  void write(const void* at, std::size_t bytes);
  bool sleep(const void* at, std::uint32_t seen);  // false: the word holds another value
  int wake(const void* at, int most);
  enum class Access { load, store };
  void step(const void* at, Access access);  // another thread may come before that
  void fail(const std::string& what);

 private:
  Thread& self() { return *threads_[current_]; }
  Word& word(const void* at, std::uint64_t raw) {
    const auto [found, added] = words_.try_emplace(at);
    if (added) {
      found->second.number = words_.size() - 1;
      found->second.stores.push_back({raw, {}});
    }
    return found->second;
  }
  static bool acquires(int order) { return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE; }
  static bool releases(int order) {
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
  }
  void append(Word& word, std::uint64_t value, int order, const View* continued);
  [[nodiscard]] std::vector<std::size_t> runnable() const;
  void switch_to(std::size_t thread);
  void hand_over();  // this one cannot go on
  static void enter();

  Choices& choices_;
  Contended& contended_;
  Bounds bounds_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::size_t current_ = 0;
  ucontext_t main_{};
  std::unordered_map<const void*, Word> words_;
  std::unordered_map<std::uintptr_t, Bytes> bytes_;
  std::unordered_map<const void*, View> locks_;  // of those who sleep on a word
  std::string failure_;
};

// What the clock says: the same in each play.
inline std::uint64_t clock_ns = 0;
// The one that is on; null: none.
inline Play* play = nullptr;
// A thread's own code runs, and not the explorer's.
inline bool explored = false;

// While one lives, accesses are the explorer's own.
class Inside {
 public:
  Inside() : before_(std::exchange(explored, false)) {}
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { explored = before_; }

 private:
  bool before_;
};

}  // namespace weak_memory
