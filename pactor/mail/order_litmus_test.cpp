// Store buffering, on the real functions: two threads on two CPUs each write one word and then read
// the other's, at the same moment, again and again. Never may both read the older value: a message
// would be lost. With a weaker store (release) they do, on x86 too, some times in a hundred thousand.

#include "tests/mail_pair.hpp"
#include "tests/process_tree.hpp"

#include <pactor/mail/published_wait.hpp>

#include <gtest/gtest.h>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <thread>

namespace pactor::mail {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kFor = 2s;
constexpr std::uint64_t kEnough = 500'000;
constexpr std::uint64_t kMisses = 20;  // then it is certain

// The CPUs that this process may use.
std::vector<int> cpus() {
  cpu_set_t allowed;
  std::vector<int> found;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return found;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) found.push_back(cpu);
  }
  return found;
}

void pin(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  ::pthread_setaffinity_np(::pthread_self(), sizeof one, &one);
}

// One pair of sides to be run against each other.
struct Litmus {
  std::function<void()> prepare = [] {};
  std::function<void()> here;
  std::function<void()> there;           // may sleep, until what `here` does wakes it
  std::function<void()> rescue = [] {};  // ends a sleep from which nothing else does
  std::function<bool()> missed = [] { return false; };  // both sides, when both are done
};

class OrderLitmus : public ::testing::Test {
 protected:
  void SetUp() override {
    cpus_ = cpus();
    if (cpus_.size() < 2) GTEST_SKIP() << "two CPUs are needed";
  }

  void run(const Litmus& litmus) {
    std::atomic<std::uint64_t> start{0};
    std::atomic<std::uint64_t> done{0};
    std::atomic<pid_t> thread{0};
    constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();
    std::thread other([&] {
      pin(cpus_[1]);
      thread = ::gettid();
      std::uint64_t random = 88172645463325252ULL;
      for (std::uint64_t round = 1;; ++round) {
        while (start.load() < round) {
        }
        if (start.load() == kEnd) return;
        hesitate(random);
        litmus.there();
        done.store(round);
      }
    });
    cpu_set_t before;
    ::sched_getaffinity(0, sizeof before, &before);
    pin(cpus_[0]);
    std::uint64_t random = 2463534242ULL;
    std::uint64_t misses = 0;
    std::uint64_t round = 0;
    const auto end = Clock::now() + kFor;
    while (round < kEnough && misses < kMisses && Clock::now() < end) {
      ++round;
      litmus.prepare();
      start.store(round);
      hesitate(random);
      litmus.here();
      if (!wait_for(done, round, thread)) {
        ++misses;
        while (done.load() < round) litmus.rescue();
      } else if (litmus.missed()) {
        ++misses;
      }
    }
    start.store(kEnd);
    other.join();
    ::sched_setaffinity(0, sizeof before, &before);
    RecordProperty("rounds", std::to_string(round));
    EXPECT_EQ(misses, 0U) << "of " << round << " rounds";
    EXPECT_GT(round, 100U);
  }

  MailPair pair_;
  Line line_ = pair_.open_unattached(3, {}, 1);
  Inlet inlet_{Route{kActor, 3}, line_.memory->fd, pair_.depot};

 private:
  // So that the two meet in all ways.
  static void hesitate(std::uint64_t& random) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    for (std::uint64_t i = random % 128; i != 0; --i) asm volatile("");
  }

  // False: it sleeps, and nothing is left that could wake it.
  static bool wait_for(const std::atomic<std::uint64_t>& done, std::uint64_t round, pid_t thread) {
    // On a machine in use a thread may not run for long; so it counts only if it was asleep at every
    // look for a while.
    constexpr auto kLong = 300ms;
    const auto soon = Clock::now() + 5ms;
    do {
      if (done.load() >= round) return true;
    } while (Clock::now() < soon);
    for (auto until = Clock::now() + kLong; Clock::now() < until; ::sched_yield()) {
      if (done.load() >= round) return true;
      if (!processes::asleep("self/task/" + std::to_string(thread))) until = Clock::now() + kLong;
    }
    return false;
  }

  std::vector<int> cpus_;
};

TEST_F(OrderLitmus, CommitThenArmedAgainstArmThenLook) {
  bool armed = false;
  bool found = false;
  run({.prepare =
           [&] {
             inlet_.disarm();
             while (inlet_.look()) {
               inlet_.begin();
               inlet_.finish();
             }
             inlet_.publish_freed();
             collect(pair_.doorbell(), [](std::uint32_t) {});
           },
       .here = [&] { line_.outlet->tell(1, {}, os::kNever); },
       .there =
           [&] {
             found = inlet_.look();  // as in a round; and the header is in this CPU's cache
             armed = inlet_.arm();
           },
       .missed = [&] { return armed && !found && !rung(pair_.doorbell()); }});
}

TEST_F(OrderLitmus, RingThenAsleepAgainstAsleepThenRung) {
  run({.prepare = [&] { collect(pair_.doorbell(), [](std::uint32_t) {}); },
       .here = [&] { ring(pair_.doorbell(), 3); },
       .there =
           [&] {
             if (!rung(pair_.doorbell())) sleep(pair_.doorbell());  // as a mailbox that waits
           },
       .rescue =
           [&] {
             pair_.doorbell().bell.fetch_add(1);
             os::futex_wake(pair_.doorbell().bell);
           }});
}

TEST_F(OrderLitmus, CommitThenClosedAgainstCloseThenLook) {
  Sent sent = Sent::full;
  bool found = false;
  run({.prepare =
           [&] {
             line_.memory->receiver_page().closed.store(0);
             while (inlet_.look()) {
               inlet_.begin();
               inlet_.finish();
             }
             inlet_.publish_freed();
           },
       .here = [&] { sent = line_.outlet->tell(1, {}, os::kNever); },
       .there =
           [&] {
             inlet_.look();
             inlet_.close();
             found = inlet_.look();
           },
       .missed = [&] { return sent == Sent::accepted && !found; }});
}

TEST_F(OrderLitmus, AnswerThenFlagAgainstFlagThenAnswer) {
  const auto result = bytes(3000);  // keeps the store buffer busy
  Ask ask;
  Letter letter;
  std::size_t sum = 0;
  run({.prepare =
           [&] {
             ASSERT_EQ(line_.outlet->ask(1, {}, os::kNever, ask), Sent::accepted);
             ASSERT_TRUE(inlet_.look());
             letter = *inlet_.front();
             inlet_.begin();
             inlet_.finish();
             inlet_.publish_freed();
           },
       .here = [&] { inlet_.answer(letter, ReplyStatus::value, result, 1); },
       .there =
           [&] {
             line_.outlet->asks().wait(ask, os::kNever);
             for (const std::byte each : line_.outlet->asks().read(ask).bytes) {
               sum += static_cast<std::size_t>(each);
             }
             line_.outlet->asks().forget(ask);
           },
       .rescue =
           [&] {
             os::futex_wake(
                 low_half(line_.memory->receiver.as<ReplySlot>(kSlotsOffset)[ask.slot].state), 1);
           }});
  EXPECT_NE(sum, 0U);
}

TEST_F(OrderLitmus, FreedThenWantedAgainstWantedThenFreed) {
  // Eight to a ring, of which one never fits: each that is freed lets one in.
  const auto eighth = bytes(kOneRing / 8 - sizeof(Record));
  while (line_.outlet->tell(1, eighth, kPast) == Sent::accepted) {
  }
  run({.prepare = [&] { ASSERT_TRUE(inlet_.look()); },
       .here =
           [&] {
             inlet_.begin();
             inlet_.finish();  // publishes it
           },
       .there = [&] { line_.outlet->tell(1, eighth, os::kNever); },
       .rescue =
           [&] {
             line_.memory->receiver_page().space.fetch_add(1);
             os::futex_wake(line_.memory->receiver_page().space, 1);
           }});
}

TEST_F(OrderLitmus, WaitThenLookForACycleAgainstTheOther) {
  MailPair other;
  const Route here{.actor = 1, .channel = 3}, there{.actor = 2, .channel = 3};
  std::optional<PublishedWait> from_here, from_there;
  bool seen_here = false, seen_there = false;
  run({.prepare =
           [&] {
             from_here.reset();
             from_there.reset();
           },
       .here =
           [&] {
             from_here.emplace(pair_.doorbell(), pair_.mailbox.control(), other.doorbell(), there,
                               Ask{});
             seen_here = from_here->may_close_a_cycle();
           },
       .there =
           [&] {
             from_there.emplace(other.doorbell(), other.mailbox.control(), pair_.doorbell(), here,
                                Ask{});
             seen_there = from_there->may_close_a_cycle();
           },
       .missed = [&] { return !seen_here && !seen_there; }});
}

}  // namespace
}  // namespace pactor::mail
