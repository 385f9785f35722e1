// An instance of a class becomes an actor as it is: Actor(Monitor{"disk", proxy}).
#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <fcntl.h>
#include <unistd.h>
#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace app {

struct Point {
  int x = 0;
  int y = 0;
  void move_by(int dx, int dy) {
    x += dx;
    y += dy;
  }
  int sum() const { return x + y; }
  pid_t process() const { return ::getpid(); }
};
PACTOR_ACTOR(Point, move_by, sum, process);

class Aggregator {
 public:
  void update_status(const std::string& target, int status) {
    seen_.push_back(target + std::to_string(status));
  }
  std::vector<std::string> seen() const { return seen_; }

 private:
  std::vector<std::string> seen_;
};
PACTOR_ACTOR(Aggregator, update_status, seen);

// As in the design: a name, a proxy, and a loop by messages to itself.
struct Monitor;
PACTOR_ACTOR(Monitor, read_status, last);
struct Monitor {
  std::string name;
  pactor::Proxy<Aggregator> aggregator;
  int status = 0;

  void read_status(int more) {
    aggregator->update_status(name, ++status);
    if (more > 1) pactor::self(this)->read_status(more - 1);
  }
  int last() const { return status; }
};

struct Owner {
  std::unique_ptr<std::string> text;
  pactor::Fd out;

  int publish() { return static_cast<int>(::write(out.get(), text->data(), text->size())); }
};
PACTOR_ACTOR(Owner, publish);

class Account {
 public:
  explicit Account(long cents) : cents_(cents) {}
  void pay_in(long cents) { cents_ += cents; }
  long cents() const { return cents_; }

 private:
  long cents_;
};
PACTOR_ACTOR(Account, pay_in, cents);

}  // namespace app

template <>
struct pactor::codec<app::Account> {
  static void encode(Encoder& encoder, const app::Account& account) {
    pactor::encode(encoder, account.cents());
  }
  static app::Account decode(Decoder& decoder) {
    return app::Account(pactor::decode<long>(decoder));
  }
};

namespace {

using namespace processes;
using app::Aggregator;
using app::Monitor;
using app::Point;
using pactor::Actor;

class Instances : public ProcessTest {};

TEST_F(Instances, BecomeActorsAsTheyAreAndTheOriginalStaysWhatItWas) {
  Point here{3, 4};
  Actor point(here);
  static_assert(std::is_same_v<decltype(point), Actor<Point>>);
  point->move_by(10, 20);
  EXPECT_EQ(point.ask()->sum().get(), 37);
  EXPECT_EQ(point.ask()->process().get(), point.pid());
  EXPECT_EQ(here.sum(), 7);
  const Point constant{1, 1};
  EXPECT_EQ(Actor(constant).ask()->sum().get(), 2);
  EXPECT_EQ((Actor<Point>{Point{1, 2}}.ask()->sum().get()), 3);
}

TEST_F(Instances, TakeOptions) {
  Actor point(pactor::Options{.name = "the point"}, Point{5, 6});
  static_assert(std::is_same_v<decltype(point), Actor<Point>>);
  EXPECT_EQ(point.ask()->sum().get(), 11);
  EXPECT_EQ(name_of(point.pid()), "the point");
  point.close();
  EXPECT_EQ(point.join().actor, "the point");
}

TEST_F(Instances, WorkWithTheProxiesThatTheyHold) {
  Actor<Aggregator> aggregator;
  Actor monitor(Monitor{"disk", aggregator.proxy()});
  monitor.ask()->read_status(2).get();  // its message to itself is queued
  monitor.close();
  EXPECT_TRUE(monitor.join().orderly());
  EXPECT_EQ(aggregator.ask()->seen().get(), (std::vector<std::string>{"disk1", "disk2"}));
  Actor again(Monitor{"net", aggregator.proxy(), 41});
  again.ask()->read_status(1).get();
  EXPECT_EQ(again.ask()->last().get(), 42);
  EXPECT_EQ(aggregator.ask()->seen().get().back(), "net42");
}

TEST_F(Instances, MayHoldWhatOnlyMoves) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pactor::Fd out(ends[0]);
  Actor owner(app::Owner{std::make_unique<std::string>("owned"), pactor::Fd(ends[1])});
  EXPECT_EQ(owner.ask()->publish().get(), 5);
  std::array<char, 16> text{};
  EXPECT_EQ(::read(out.get(), text.data(), text.size()), 5);
  EXPECT_STREQ(text.data(), "owned");
}

TEST_F(Instances, OfAClassWithACodecAreWrappedToo) {
  app::Account here(500);
  Actor account(here);
  account->pay_in(1);
  EXPECT_EQ(account.ask()->cents().get(), 501);
  Actor<app::Account> built(7);  // and it is still built from its constructor's arguments
  EXPECT_EQ(built.ask()->cents().get(), 7);
}

TEST_F(Instances, AnActorIsMovedAndNotWrapped) {
  Actor point(Point{1, 2});
  const pid_t pid = point.pid();
  Actor moved(std::move(point));
  static_assert(std::is_same_v<decltype(moved), Actor<Point>>);
  Actor again{std::move(moved)};
  static_assert(std::is_same_v<decltype(again), Actor<Point>>);
  EXPECT_EQ(again.pid(), pid);
  EXPECT_EQ(again.ask()->sum().get(), 3);
  static_assert(!std::is_copy_constructible_v<Actor<Point>>);
}

TEST_F(Instances, AggregateIsBuiltFromItsFieldsAsWell) {
  Actor<Point> point{8, 9};
  EXPECT_EQ(point.ask()->sum().get(), 17);
}

}  // namespace
