// Forces bad schedules: holds a thread (or kills a process) between two steps of the protocols that
// doorbell.hpp, mailbox.hpp, outlet.cpp and asks.cpp argue about, at their pause points.
//
//     TEST_F(Schedule, RingJustBeforeAsleepIsSeenByTheLookAtTheDoorbell) {
//       expect_awake_after("sleep: before asleep", 7, [this] { tell(a_, 7); });
//     }
//
// A lost wake-up shows as a thread that still sleeps after kBound; nothing else waits for time.
#pragma once

#include "tests/mail_pair.hpp"
#include "tests/process_tree.hpp"

#include <gtest/gtest.h>

#include <pactor/mail/fate.hpp>
#include <pactor/mail/pause.hpp>

#include <unistd.h>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pactor::mail {

inline constexpr auto kBound = std::chrono::seconds(5);

// The part that this thread plays; a thread without one is never held.
inline thread_local std::string_view role;

// Holds one thread of a role at a pause point, once.
class Hold {
 public:
  Hold(std::string_view of, std::string_view point) : role_(of), point_(point) {
    const std::lock_guard lock(mutex());
    holds().push_back(this);
  }
  ~Hold() {
    release();
    std::unique_lock lock(mutex());
    changed().wait(lock, [this] { return state_ != State::reached || left_; });
    std::erase(holds(), this);
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  // False: the thread did not come here within the bound.
  [[nodiscard]] bool reached() {
    std::unique_lock lock(mutex());
    changed().wait_for(lock, kBound, [this] { return state_ == State::reached; });
    if (state_ != State::reached) released_ = true;  // too late
    return state_ == State::reached;
  }
  void release() {
    const std::lock_guard lock(mutex());
    released_ = true;
    changed().notify_all();
  }

  static void at(const char* point) {
    if (role.empty()) return;
    std::unique_lock lock(mutex());
    for (Hold* hold : holds()) {
      if (hold->state_ != State::open || hold->role_ != role || hold->point_ != point) continue;
      if (hold->released_) continue;
      hold->state_ = State::reached;
      changed().notify_all();
      changed().wait(lock, [hold] { return hold->released_; });
      hold->left_ = true;
      changed().notify_all();
      return;
    }
  }

 private:
  enum class State { open, reached };

  static std::mutex& mutex() {
    static std::mutex of_all;
    return of_all;
  }
  static std::condition_variable& changed() {
    static std::condition_variable of_all;
    return of_all;
  }
  static std::vector<Hold*>& holds() {
    static std::vector<Hold*> all;
    return all;
  }

  const std::string_view role_;
  const std::string_view point_;
  State state_ = State::open;
  bool released_ = false;
  bool left_ = false;
};

// A thread that plays a role. Its end is awaited at the latest when this goes: whoever lets it sleep
// for ever has to wake it first.
class Player {
 public:
  Player(std::string_view name, std::function<void()> part)
      : done_(std::async(std::launch::async, [this, name, part = std::move(part)] {
          role = name;
          thread_id_.set_value(::gettid());
          part();
        })) {}

  [[nodiscard]] bool ends_in_time() { return done_.wait_for(kBound) == std::future_status::ready; }

  // Waits until the kernel has put the thread to sleep. False: it does not within the bound.
  [[nodiscard]] bool sleeps() {
    const pid_t thread = thread_id_.get_future().get();
    const auto until = std::chrono::steady_clock::now() + kBound;
    while (std::chrono::steady_clock::now() < until) {
      if (processes::asleep("self/task/" + std::to_string(thread))) return true;
      std::this_thread::yield();
    }
    return false;
  }

 private:
  std::promise<pid_t> thread_id_;
  std::future<void> done_;
};

inline void wake_whoever_sleeps(const MailPair& pair) {
  pair.doorbell().bell.fetch_add(1);
  os::futex_wake(pair.doorbell().bell);
}

class Schedule : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { pause_hook = &Hold::at; }

  // `rings`: of the first channel; 0: all.
  explicit Schedule(std::uint32_t rings = 0) : a_(pair_.open(3, {}, rings)), b_(pair_.open(4)) {}

  // All messages until none comes, by their methods.
  std::vector<std::uint64_t> take_all() {
    std::vector<std::uint64_t> methods;
    while (const Letter* letter = next(pair_.mailbox)) {
      methods.push_back(letter->method);
      pair_.mailbox.finish();
    }
    return methods;
  }
  // What an actor does until it has a message.
  std::uint64_t take_one() {
    for (;;) {
      if (const Letter* letter = pair_.mailbox.take()) {
        const std::uint64_t method = letter->method;
        pair_.mailbox.finish();
        return method;
      }
      static_cast<void>(pair_.mailbox.take_news());
      pair_.mailbox.wait();
    }
  }
  static Sent tell(Line& line, std::uint64_t method) {
    return line.outlet->tell(method, bytes(8), os::kNever);
  }

  // All channels are armed, and left to the doorbell.
  void put_to_rest() {
    Hold before_sleep("resting", "sleep: before asleep");
    Player resting("resting", [this] { pair_.mailbox.wait(); });
    ASSERT_TRUE(before_sleep.reached());
    ring(pair_.doorbell(), kNewsChannel);
    before_sleep.release();
    const bool awake = resting.ends_in_time();
    wake_whoever_sleeps(pair_);
    ASSERT_TRUE(awake) << "the wake-up was lost";
    EXPECT_EQ(pair_.mailbox.take(), nullptr);
    EXPECT_TRUE(pair_.mailbox.take_news());
  }

  // The actor sleeps or is about to (held at `point`), when `send` happens; it has to wake up, and to
  // find the message.
  void expect_awake_after(const char* point, std::uint64_t message,
                          const std::function<void()>& send) {
    Hold hold("actor", point);
    Player actor("actor", [this] { pair_.mailbox.wait(); });
    ASSERT_TRUE(hold.reached());
    send();
    hold.release();
    const bool awake = actor.ends_in_time();
    wake_whoever_sleeps(pair_);
    ASSERT_TRUE(awake) << "the wake-up was lost";
    EXPECT_EQ(take_one(), message);
  }

  MailPair pair_;
  Line a_;
  Line b_;
};

}  // namespace pactor::mail
