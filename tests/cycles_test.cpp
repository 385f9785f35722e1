// Asks that go in a circle are refused with an error that prints the circle; all others are left alone.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <sched.h>
#include <sys/syscall.h>
#include <chrono>
#include <deque>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace app {

using namespace std::chrono_literals;
using processes::Gate;

class Peer;
PACTOR_ACTOR(Peer, know, total, pass_on, pass_on_with_deadline, pass_on_after,
             pass_on_from_a_thread, result, note_result, wander, block_at, try_twice, pin,
             ask_and_be_asked, ask_back, have_pass_on_after);
class Peer {
 public:
  void know(std::vector<pactor::Proxy<Peer>> others) { others_ = std::move(others); }
  int total() const { return 1; }
  void block_at(Gate gate) const {
    gate.arrive();
    gate.pass();
  }

  // Asks the first of `route` to do the same with the rest.
  int pass_on(std::vector<pactor::Proxy<Peer>> route) {
    if (route.empty()) return 1;
    const pactor::Proxy<Peer> next = route.front();
    route.erase(route.begin());
    return 1 + next.ask()->pass_on(std::move(route)).get();
  }
  int pass_on_with_deadline(pactor::Proxy<Peer> next, std::vector<pactor::Proxy<Peer>> route) {
    return next.ask(20ms)->pass_on(std::move(route)).get();
  }
  int pass_on_after(Gate gate, std::vector<pactor::Proxy<Peer>> route) {
    block_at(std::move(gate));
    return pass_on(std::move(route));
  }
  int have_pass_on_after(pactor::Proxy<Peer> next, Gate gate,
                         std::vector<pactor::Proxy<Peer>> route) {
    return next.ask()->pass_on_after(std::move(gate), std::move(route)).get();
  }
  // Both on one CPU, so that nobody looks for an answer instead of sleeping.
  void pin() const {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    ::sched_setaffinity(0, sizeof first, &first);
  }
  int ask_and_be_asked(pactor::Proxy<Peer> other) {
    pactor::Reply<int> reply = other.ask()->total();
    other->ask_back(pactor::self(this));
    return reply.get();
  }
  void ask_back(pactor::Proxy<Peer> other) { result_ += other.ask()->total().get(); }

  // How often it is refused, whatever it does about it.
  int try_twice(pactor::Proxy<Peer> next, std::vector<pactor::Proxy<Peer>> route) {
    pactor::Reply<int> reply = next.ask()->pass_on(std::move(route));
    int refused = 0;
    for (int i = 0; i < 2; ++i) {
      try {
        reply.get();
      } catch (const pactor::Error&) {
        ++refused;
      }
    }
    return refused;
  }

  void pass_on_from_a_thread(std::vector<pactor::Proxy<Peer>> route) {
    thread_ = std::async(std::launch::async, [this, route = std::move(route)]() mutable {
      pactor::self(this)->note_result(pass_on(std::move(route)));
    });
  }
  void note_result(int result) { result_ = result; }
  int result() const { return result_; }

  // Asks one of those that it knows, each of which knows only those behind it; how many had a part.
  int wander(unsigned seed) const {
    if (others_.empty()) return 1;
    std::minstd_rand random(seed);
    const auto next = std::uniform_int_distribution<std::size_t>(0, others_.size() - 1)(random);
    return 1 + others_[next].ask()->wander(static_cast<unsigned>(random())).get();
  }

 private:
  std::vector<pactor::Proxy<Peer>> others_;
  std::future<void> thread_;  // awaited when this goes
  int result_ = 0;
};

}  // namespace app

namespace {

using namespace processes;
using app::Peer;
using pactor::Actor;
using pactor::Error;
using pactor::Options;
using Route = std::vector<pactor::Proxy<Peer>>;

class Cycles : public ProcessTest {
 protected:
  Actor<Peer> a_{Options{.name = "a"}};
  Actor<Peer> b_{Options{.name = "b"}};
  Actor<Peer> c_{Options{.name = "c"}};
  const pactor::Proxy<Peer> a = a_.proxy(), b = b_.proxy(), c = c_.proxy();

  // Waits until a process sleeps in this system call.
  static void wait_until_in(long system_call, pid_t pid) {
    const std::string call = std::to_string(system_call) + " ";
    const auto bound = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBoundMs);
    while (!read_file("/proc/" + std::to_string(pid) + "/syscall").starts_with(call)) {
      ASSERT_LT(std::chrono::steady_clock::now(), bound);
      std::this_thread::yield();
    }
  }

  // Whoever asks last closes the circle, and prints it from where it stands.
  static void expect_one_of(const std::string& text, const std::vector<std::string>& cycles) {
    bool found = false;
    for (const std::string& cycle : cycles) {
      found |= contains(text, "would wait for itself: " + cycle + ";");
    }
    EXPECT_TRUE(found) << text;
  }
  void TearDown() override {
    for (const auto& each : {a, b, c}) EXPECT_EQ(each.ask()->total().get(), 1) << "it goes on";
    for (Actor<Peer>* each : {&a_, &b_, &c_}) {
      each->close();
      EXPECT_TRUE(each->join().orderly());
    }
    ProcessTest::TearDown();
  }
};

TEST_F(Cycles, OfTwoIsRefusedAndPrinted) {
  for (int i = 0; i < 20; ++i) {
    const std::string text = text_of<Error>([&] { a.ask()->pass_on(Route{b, a}).get(); });
    expect_one_of(text, {"a -> b -> a", "b -> a -> b"});
    EXPECT_TRUE(contains(text, "pass_on")) << text;
  }
}

TEST_F(Cycles, OfThreeIsRefusedAndPrinted) {
  for (int i = 0; i < 20; ++i) {
    const std::string text = text_of<Error>([&] { a.ask()->pass_on(Route{b, c, a}).get(); });
    expect_one_of(text, {"a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c"});
  }
}

TEST_F(Cycles, IsRefusedWhereSomebodyOutsideItWaitsToo) {
  const std::string text = text_of<Error>([&] { c.ask()->pass_on(Route{a, b, a}).get(); });
  expect_one_of(text, {"a -> b -> a", "b -> a -> b"});
}

// Both ask at the same time, so that either may be the last.
TEST_F(Cycles, ThatTwoCloseAtOnceIsRefusedToOneOfThem) {
  for (int i = 0; i < 50; ++i) {
    Door door;
    pactor::Reply<int> by_a = a.ask()->pass_on_after(door.gate(), Route{b});
    pactor::Reply<int> by_b = b.ask()->pass_on_after(door.gate(), Route{a});
    for (int j = 0; j < 2; ++j) door.wait_for_arrival();
    for (int j = 0; j < 2; ++j) door.open();
    int refused = 0;
    for (pactor::Reply<int>* reply : {&by_a, &by_b}) {
      try {
        EXPECT_EQ(reply->get(), 2);
      } catch (const Error& error) {
        expect_one_of(error.what(), {"a -> b -> a", "b -> a -> b"});
        ++refused;
      }
    }
    EXPECT_EQ(refused, 1) << "once one gives way, the other has its answer";
  }
}

// a and c both find themselves in the circle a -> b -> c -> a before the keeper has answered either.
TEST_F(Cycles, ThatTwoFindIsRefusedToOneOfThem) {
  const Actor<Peer> d;
  for (const auto& each : {a, b, c}) {  // opens all channels: the keeper will be stopped
    ASSERT_EQ(d.ask()->pass_on(Route{each}).get(), 2);
  }
  ASSERT_EQ(a.ask()->pass_on(Route{b}).get() + b.ask()->pass_on(Route{c}).get(), 4);
  ASSERT_EQ(c.ask()->pass_on(Route{a}).get(), 2);
  Door of_a, of_c;
  pactor::Reply<int> by_c = c.ask()->pass_on_after(of_c.gate(), Route{a});
  of_c.wait_for_arrival();
  pactor::Reply<int> by_b = b.ask()->pass_on(Route{c});
  wait_until_in(SYS_futex, b_.pid());
  pactor::Reply<int> by_d = d.ask()->have_pass_on_after(a, of_a.gate(), Route{b});
  of_a.wait_for_arrival();
  wait_until_in(SYS_futex, d.pid());
  const pid_t keeper = keeper_of(::getpid());
  send_signal(keeper, SIGSTOP);
  of_a.open();
  wait_until_in(SYS_recvmsg, a_.pid());
  of_c.open();
  wait_until_in(SYS_recvmsg, c_.pid());
  send_signal(keeper, SIGCONT);
  int refused = 0;
  for (pactor::Reply<int>* reply : {&by_c, &by_b, &by_d}) {
    try {
      reply->get();
    } catch (const Error& error) {
      expect_one_of(error.what(), {"a -> b -> c -> a", "c -> a -> b -> c"});
      ++refused;
    }
  }
  EXPECT_EQ(refused, 1);
}

TEST_F(Cycles, WhoWaitsAgainIsRefusedAgain) {
  // b asks a back, and one of the two is refused as often as it tries.
  for (int i = 0; i < 20; ++i) EXPECT_EQ(a.ask()->try_twice(b, Route{a}).get(), 2);
}

TEST_F(Cycles, WithADeadlineEndInATimeoutInstead) {
  text_of<pactor::Timeout>([&] { a.ask()->pass_on_with_deadline(b, Route{a}).get(); });
  EXPECT_EQ(b.ask()->total().get(), 1) << "which had its answer when a had given up";
}

TEST_F(Cycles, AsksFromAnotherThreadAreNoPartOfOne) {
  a->pass_on_from_a_thread(Route{b, a});
  while (a.ask()->result().get() == 0) std::this_thread::yield();
  EXPECT_EQ(a.ask()->result().get(), 3);
}

TEST_F(Cycles, AreNotSeenInPipelines) {
  constexpr int kRounds = 500;
  Actor<Peer> other{Options{.name = "other"}};
  std::vector<std::thread> askers;
  for (const pactor::Proxy<Peer>& first : {a, other.proxy()}) {
    askers.emplace_back([&, first] {
      for (int i = 0; i < kRounds; ++i) {
        ASSERT_EQ(first.ask()->pass_on(Route{b, c}).get(), 3);
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
}

// Many that wait for each other, in chains as long as five, and never in a circle.
TEST_F(Cycles, AreNotSeenAmongManyThatAskAtRandom) {
  constexpr std::size_t kActors = 5;
  constexpr unsigned kThreads = 6, kAsks = 400;
  std::vector<Actor<Peer>> peers(kActors);
  for (std::size_t i = 0; i < kActors; ++i) {
    Route behind;
    for (std::size_t j = i + 1; j < kActors; ++j) behind.push_back(peers[j].proxy());
    peers[i]->know(behind);
  }
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::deque<pactor::Reply<int>> replies;
      for (unsigned i = 0; i < kAsks; ++i) {
        replies.push_back(peers[(t + i) % kActors].ask()->wander(t * 1000 + i));
        if (replies.size() < 4) continue;
        ASSERT_NO_THROW(ASSERT_GE(replies.front().get(), 1));
        replies.pop_front();
      }
      for (pactor::Reply<int>& reply : replies) ASSERT_NO_THROW(reply.get());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// a answers b, and then asks b before b has taken note: each has been seen to wait for the other, and
// yet there is no cycle.
TEST_F(Cycles, AreNotSeenWhereTheAnswerHasComeToWhoHasNotWokenYet) {
  for (const auto& each : {a, b}) each.ask()->pin().get();
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(b.ask()->ask_and_be_asked(a).get(), 1);
    ASSERT_EQ(a.ask()->result().get(), i);  // or the next round might make a true one
  }
}

// What it waited for when it died is nothing that its successor waits for.
TEST_F(Cycles, RestartedActorWaitsForNothing) {
  Door of_a, of_other;
  Actor<Peer> other{Options{.name = "other", .restart = {.max = 1}}};
  pactor::Reply<int> by_a = a.ask()->pass_on_after(of_a.gate(), Route{other.proxy()});
  of_a.wait_for_arrival();
  // It asks a, which is at its gate, and will ask it back before it comes to this.
  pactor::Reply<int> interrupted = other.ask()->pass_on_after(of_other.gate(), Route{a});
  pactor::Reply<int> queued = other.ask()->total();
  of_other.wait_for_arrival();
  of_other.open();
  wait_until_in(SYS_futex, other.pid());
  send_signal(other.pid(), SIGKILL);
  EXPECT_THROW(interrupted.get(), pactor::ActorDied);
  EXPECT_EQ(queued.get(), 1) << "by its successor";
  of_a.open();
  EXPECT_EQ(by_a.get(), 2);
}

}  // namespace
