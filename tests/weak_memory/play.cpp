#include "play.hpp"

#include <cstring>

namespace weak_memory {

namespace {

constexpr std::size_t kStackBytes = 256 * 1024;

}  // namespace

void Play::enter() {
  explored = true;
  play->self().run();
  const Inside inside;
  play->self().ended = true;
  play->hand_over();
}

std::string Play::run(Scene scene) {
  for (auto& run : scene.threads) {
    auto thread = std::make_unique<Thread>();
    thread->run = std::move(run);
    thread->stack = std::make_unique_for_overwrite<char[]>(kStackBytes);
    thread->view.clocks[threads_.size()] = 1;
    ::getcontext(&thread->context);
    thread->context.uc_stack.ss_sp = thread->stack.get();
    thread->context.uc_stack.ss_size = kStackBytes;
    ::makecontext(&thread->context, &Play::enter, 0);
    threads_.push_back(std::move(thread));
  }
  play = this;
  current_ = choices_.choose(static_cast<std::uint32_t>(threads_.size()));
  ::swapcontext(&main_, &self().context);
  explored = false;
  if (failure_.empty()) scene.check();
  play = nullptr;
  return failure_;
}

// Gives up this play: its threads stay where they are.
void Play::fail(const std::string& what) {
  if (failure_.empty()) failure_ = what;
  explored = false;
  if (!threads_.empty() && !std::ranges::all_of(threads_, &Thread::ended)) ::setcontext(&main_);
}

std::vector<std::size_t> Play::runnable() const {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (!threads_[i]->ended && threads_[i]->sleeps_on == nullptr) all.push_back(i);
  }
  return all;
}

void Play::switch_to(std::size_t thread) {
  if (thread == current_) return;
  Thread& from = self();
  current_ = thread;
  ::swapcontext(&from.context, &self().context);
}

void Play::hand_over() {
  const std::vector<std::size_t> others = runnable();
  if (others.empty()) {
    if (std::ranges::all_of(threads_, &Thread::ended)) ::setcontext(&main_);
    fail("all that have not ended sleep for ever");
  }
  switch_to(others[choices_.choose(static_cast<std::uint32_t>(others.size()))]);
}

void Play::step(const void* at, Access access) {
  const Contended::Place place = place_of(at);
  contended_.note(place, current_, access == Access::store);
  if (bounds_.preemptions == 0 || !contended_.contains(place)) return;
  std::vector<std::size_t> all = runnable();
  // First the way of no interruption.
  std::erase(all, current_);
  const std::uint32_t chosen = choices_.choose(static_cast<std::uint32_t>(all.size() + 1));
  if (chosen == 0) return;
  --bounds_.preemptions;
  switch_to(all[chosen - 1]);
}

std::uint64_t Play::load(const void* at, std::uint64_t raw, int order) {
  Word& word = this->word(at, raw);
  Thread& thread = self();
  const auto latest = static_cast<std::uint32_t>(word.stores.size() - 1);
  std::uint32_t oldest = thread.view.of(word.number);
  if (order == __ATOMIC_SEQ_CST) oldest = std::max(oldest, word.latest_sc);
  std::uint32_t back = 0;
  if (bounds_.stale_reads > 0) back = choices_.choose(latest - oldest + 1);
  if (back != 0) --bounds_.stale_reads;
  const std::uint32_t chosen = latest - back;
  thread.view.see(word.number, chosen);
  if (acquires(order)) thread.view.join(word.stores[chosen].released);
  return word.stores[chosen].value;
}

void Play::append(Word& word, std::uint64_t value, int order, const View* continued) {
  Thread& thread = self();
  const auto number = static_cast<std::uint32_t>(word.stores.size());
  thread.view.see(word.number, number);
  if (order == __ATOMIC_SEQ_CST) word.latest_sc = number;
  Store store{.value = value, .released = {}};
  if (continued != nullptr) store.released = *continued;
  if (releases(order)) {
    store.released.join(thread.view);
    ++thread.view.clocks[current_];
  }
  word.stores.push_back(std::move(store));
}

void Play::store(const void* at, std::uint64_t before, std::uint64_t value, int order) {
  append(word(at, before), value, order, nullptr);
}

void Play::read_modify_write(const void* at, std::uint64_t before, std::uint64_t value, int order) {
  Word& word = this->word(at, before);
  const View continued = word.stores.back().released;
  if (acquires(order)) self().view.join(continued);
  append(word, value, order, &continued);
}

void Play::read(const void* at, std::size_t count) {
  const auto begin = reinterpret_cast<std::uintptr_t>(at) / 8;
  const auto end = (reinterpret_cast<std::uintptr_t>(at) + count + 7) / 8;
  for (std::uintptr_t i = begin; i < end; ++i) {
    Bytes& bytes = bytes_[i];
    if (bytes.written > self().view.clocks[bytes.writer] && bytes.writer != current_)
      return fail("something is read that another thread writes, and nothing orders the two");
    bytes.read[current_] = self().view.clocks[current_];
  }
}

void Play::write(const void* at, std::size_t count) {
  const auto begin = reinterpret_cast<std::uintptr_t>(at) / 8;
  const auto end = (reinterpret_cast<std::uintptr_t>(at) + count + 7) / 8;
  for (std::uintptr_t i = begin; i < end; ++i) {
    Bytes& bytes = bytes_[i];
    bool ordered = bytes.writer == current_ || bytes.written <= self().view.clocks[bytes.writer];
    for (std::size_t other = 0; other < threads_.size(); ++other) {
      ordered &= other == current_ || bytes.read[other] <= self().view.clocks[other];
    }
    if (!ordered)
      return fail(
          "something is written that another thread reads or writes, and nothing orders the two");
    bytes.writer = current_;
    bytes.written = self().view.clocks[current_];
  }
}

// The kernel compares under a lock, which wake() has held, too. Beyond that it promises nothing.
bool Play::sleep(const void* at, std::uint32_t seen) {
  std::uint32_t raw = 0;
  std::memcpy(&raw, at, sizeof raw);
  self().view.join(locks_[at]);
  if (static_cast<std::uint32_t>(load(at, raw, __ATOMIC_RELAXED)) != seen) return false;
  self().sleeps_on = at;
  hand_over();
  return true;
}

int Play::wake(const void* at, int most) {
  locks_[at].join(self().view);
  ++self().view.clocks[current_];
  int woken = 0;
  for (const auto& thread : threads_) {
    if (woken == most || thread->sleeps_on != at) continue;
    thread->sleeps_on = nullptr;
    thread->view.join(self().view);
    ++woken;
  }
  return woken;
}

}  // namespace weak_memory
