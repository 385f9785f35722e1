// Handles in a forked child: destructors do nothing, calls throw, and the parent's actors notice nothing.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <sys/wait.h>
#include <unistd.h>
#include <functional>
#include <memory>
#include <utility>

namespace app {

class Counter {
 public:
  void add(int amount) { total_ += amount; }
  int total() const { return total_; }

 private:
  int total_ = 0;
};
PACTOR_ACTOR(Counter, add, total);

}  // namespace app

namespace {

using namespace processes;
using app::Counter;
using pactor::Actor;
using pactor::Exit;
using pactor::Reply;

class ForkedChild : public ProcessTest {};

// Runs `act` in a fork of this process; true if it returned true there.
bool in_forked_child(const std::function<bool()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    bool good = false;
    try {
      good = act();
    } catch (...) {
    }
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool throws_error(const std::function<void()>& act) {
  try {
    act();
  } catch (const pactor::Error&) {
    return true;
  }
  return false;
}

TEST_F(ForkedChild, CallsThrow) {
  Actor<Counter> counter;
  Reply<int> reply = counter.ask()->total();
  EXPECT_TRUE(in_forked_child([&] { return throws_error([&] { counter->add(100); }); }));
  EXPECT_TRUE(in_forked_child([&] { return throws_error([&] { counter.ask()->total().get(); }); }));
  EXPECT_TRUE(in_forked_child([&] { return throws_error([&] { reply.get(); }); }));
  EXPECT_TRUE(in_forked_child([&] { return throws_error([&] { counter.close(); }); }));
  EXPECT_TRUE(in_forked_child([&] { return throws_error([&] { counter.kill(); }); }));
  EXPECT_TRUE(in_forked_child([&] { return throws_error([&] { counter.join(); }); }));
  EXPECT_TRUE(in_forked_child([&] { return reply.ready(); })) << "get() would throw at once";
  EXPECT_TRUE(in_forked_child([&] { return !counter.alive() && !counter.proxy().alive(); }));
  EXPECT_EQ(reply.get(), 0);
  EXPECT_EQ(counter.ask()->total().get(), 0) << "the parent's actor knows nothing of it";
}

TEST_F(ForkedChild, DestructorsDoNothing) {
  auto counter = std::make_unique<Actor<Counter>>();
  auto other = std::make_unique<Actor<Counter>>();
  auto reply = std::make_unique<Reply<int>>(counter->ask()->total());
  EXPECT_TRUE(in_forked_child([&] {
    reply.reset();
    *other = std::move(*counter);
    other.reset();
    counter.reset();
    return true;
  }));
  EXPECT_EQ(reply->get(), 0);
  EXPECT_EQ((*counter).ask()->total().get(), 0);
  EXPECT_TRUE(other->alive());
}

TEST_F(ForkedChild, ThatOutlivesItsParentsCallsHoldsNothingUp) {
  // The child has copies of all of the parent's memory and descriptors, and stays.
  Door door;
  const pid_t child = ::fork();
  if (child == 0) {
    door.gate().pass();
    ::_exit(0);
  }
  Actor<Counter> counter;
  EXPECT_EQ(counter.ask()->total().get(), 0);
  counter.close();
  EXPECT_EQ(counter.join().kind, Exit::Kind::closed);
  door.open();
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
