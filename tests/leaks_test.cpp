// A day of spawns, closes, channels, restarts, asks, timeouts, large messages and descriptors, one after the
// other: the descriptors, mappings and private memory of program, keeper and zygote are what they were after
// the first ones. With PACTOR_FULL=1 a hundred thousand actors.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <unistd.h>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace app {

class Worker;
PACTOR_ACTOR(Worker, note, size_of, repeat, take, stream, tell_to, have_child, block_at);
class Worker {
 public:
  Worker() = default;
  explicit Worker(bool fails) {
    if (fails) throw std::runtime_error("as it should");
  }
  void note(const std::string& text) { size_ += text.size(); }
  std::size_t size_of() const { return size_; }
  std::string repeat(std::size_t times) const { return std::string(times, 'x'); }
  void take(pactor::Fd stream) { stream_ = std::move(stream); }
  pactor::Fd stream() const { return pactor::duplicate(stream_.get()); }
  void tell_to(const pactor::Proxy<Worker>& other) const { other->note(std::string(300, 'y')); }
  void block_at(const processes::Gate& gate) const {
    gate.arrive();
    gate.pass();
  }
  std::size_t have_child() const { return pactor::Actor<Worker>().ask()->repeat(100).get().size(); }

 private:
  std::size_t size_ = 0;
  pactor::Fd stream_;
};

}  // namespace app

namespace {

using namespace processes;
using namespace std::chrono_literals;
using app::Worker;
using pactor::Actor;
using pactor::Options;

// What a process holds.
struct Held {
  std::size_t descriptors = 0;
  std::size_t mappings = 0;
  long memory_kib = 0;  // its own, which nobody shares

  static Held of(pid_t pid) {
    const std::string process = "/proc/" + std::to_string(pid);
    Held held;
    for ([[maybe_unused]] const auto& fd : fs::directory_iterator(process + "/fd")) {
      ++held.descriptors;
    }
    std::istringstream maps(read_file(process + "/maps"));
    for (std::string line; std::getline(maps, line);) ++held.mappings;
    const std::string text = read_file(process + "/smaps_rollup");
    const std::string key = "Anonymous:";
    if (const auto at = text.find(key); at != std::string::npos) {
      held.memory_kib = std::strtol(text.c_str() + at + key.size(), nullptr, 10);
    }
    return held;
  }
};

// Many actors at a time, for it is quicker, and what each of them does in a life.
constexpr int kAtOnce = 16;
constexpr int kActorsOfARound = kAtOnce + 4;

void live_through_a_round() {
  const Options options{.restart = {.max = 1}, .mailbox = {.bytes = 64 << 10}};
  std::vector<Actor<Worker>> workers;
  for (int i = 0; i < kAtOnce; ++i) workers.emplace_back(options);
  for (int i = 0; i < kAtOnce; ++i) {
    const Actor<Worker>& worker = workers[static_cast<std::size_t>(i)];
    worker->note("short");
    worker->take(pactor::duplicate(STDIN_FILENO));
    const auto forgotten = worker.ask()->size_of();
    worker->tell_to(workers[static_cast<std::size_t>((i + 1) % kAtOnce)].proxy());
  }
  Actor<Worker>& one = workers.front();
  one->note(std::string(12'000, 'm'));
  one->note(std::string(40'000, 'l'));
  EXPECT_TRUE(one.ask()->stream().get());
  EXPECT_EQ(one.ask()->repeat(20'000).get().size(), 20'000u);
  EXPECT_EQ(one.ask()->repeat(100'000).get().size(), 100'000u);
  EXPECT_EQ(one.ask()->have_child().get(), 100u);
  Door door;
  one->block_at(door.gate());
  door.wait_for_arrival();
  EXPECT_THROW(one.ask()->repeat(100'000).get(0s), pactor::Timeout);
  send_signal(one.pid(), SIGKILL);
  EXPECT_EQ(one.ask()->repeat(8).get().size(), 8u);
  EXPECT_THROW(Actor<Worker>{true}, std::runtime_error);
  Actor<Worker> killed, closed;
  killed.kill();
  killed.join();
  closed.close();
  closed.join();
  closed->note("nobody hears this");
  pactor::close_all(workers);
  for (const pactor::Exit& exit : pactor::join_all(workers)) EXPECT_TRUE(exit.orderly());
}

struct Subject {
  const char* name;
  pid_t pid;
  std::size_t descriptors;  // when nothing is under way
  Held before = {};
};

// Once it has heard what it was told last, it holds so many descriptors again, or more for good. What this program's
// allocator merely keeps at hand is given back: it is up to 128 KiB, by the order in which blocks happened to be freed.
Held settled(const Subject& subject) {
  ::malloc_trim(0);
  const auto bound = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBoundMs);
  Held held = Held::of(subject.pid);
  while (held.descriptors > subject.descriptors && std::chrono::steady_clock::now() < bound) {
    ::sched_yield();
    held = Held::of(subject.pid);
  }
  return held;
}

class Leaks : public ProcessTest {};

TEST_F(Leaks, OfThousandsOfLivesNothingIsLeftInProgramKeeperAndZygote) {
  constexpr int kRemembered = 1'024;  // of so many ends the keeper knows the text
  constexpr int kWarmUp = kRemembered / kActorsOfARound + 5;
  constexpr long kNoiseKib = 64;           // of allocators,
  constexpr long kNoiseBytesOfALife = 16;  // and what of it might rise
  pactor::on_dead_letter([](const pactor::DeadLetter&) {});
  const pid_t keeper = keeper_of(::getpid());
  const std::size_t keepers = Held::of(keeper).descriptors;
  live_through_a_round();  // now the zygote has its name
  const pid_t zygote = child_named(keeper, "pactor-zygote");
  std::array subjects{
      Subject{
          .name = "program", .pid = ::getpid(), .descriptors = Held::of(::getpid()).descriptors},
      Subject{.name = "keeper", .pid = keeper, .descriptors = keepers},
      Subject{.name = "zygote", .pid = zygote, .descriptors = Held::of(zygote).descriptors}};
  for (int i = 0; i < kWarmUp; ++i) live_through_a_round();
  for (Subject& subject : subjects) subject.before = settled(subject);

  const int rounds = (full() ? 100'000 : 1'000) / kActorsOfARound;
  for (int i = 0; i < rounds; ++i) live_through_a_round();
  for (const Subject& subject : subjects) {
    const Held after = settled(subject), before = subject.before;
    EXPECT_EQ(after.descriptors, subject.descriptors) << subject.name;
    EXPECT_LE(after.mappings, before.mappings) << subject.name;
    const long lives = long{rounds} * kActorsOfARound;
    EXPECT_LE(after.memory_kib, before.memory_kib + kNoiseKib + kNoiseBytesOfALife * lives / 1'024)
        << subject.name;
    std::printf("%s after %ld lives: %zu descriptors (%zu), %zu mappings (%zu), %ld KiB (%ld)\n",
                subject.name, lives, after.descriptors, before.descriptors, after.mappings,
                before.mappings, after.memory_kib, before.memory_kib);
  }
}

}  // namespace
