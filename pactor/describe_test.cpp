// What PACTOR_ACTOR gives, called with the object in this very process: the calls go through bytes and
// the class's table as they would on their way to another one.

#include <pactor/describe.hpp>

#include <pactor/pick.hpp>
#include <pactor/runtime/pointed.hpp>

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace app {

struct Point {
  int x, y;
};
struct Undefined;

struct Base {
  int pings = 0;
  void ping() { ++pings; }
  virtual int who() { return 1; }
  virtual ~Base() = default;
};
PACTOR_ACTOR(Base, ping, who);

class Monitor;
class Before;
PACTOR_ACTOR(Before, hit, hits);
class Before {
 public:
  void hit(int n) { hits_ += n; }
  int hits() const { return hits_; }

 private:
  int hits_ = 0;
};

class Monitor : public Base {
 public:
  void set(int v) { last_ = v; }
  void set(std::string s, const Point& p = {7, 8}) {
    name_ = std::move(s);
    point_ = p;
  }
  int last() const { return last_; }
  const std::string& name() const& noexcept { return name_; }
  std::string_view view() const { return name_; }
  Point point() { return point_; }
  void move_to(Point p) { point_ = p; }
  void add(std::unique_ptr<int> a, int b = 4, long c = 5) { last_ = *a + b + static_cast<int>(c); }
  void join(const char* a, std::string_view b, std::string&& c, const std::string& d) {
    name_ = a + std::string(b) + c + d;
  }
  void sum(std::span<const int> numbers) {
    last_ = 0;
    for (const int n : numbers) last_ += n;
  }
  void merge(std::map<std::string, int> all) { last_ = static_cast<int>(all.size()); }
  template <class T>
  void generic(T value) {
    last_ = static_cast<int>(value);
  }
  static int twice(int i) { return 2 * i; }
  int who() override { return 2; }

  // Listing these is no error; calling them is.
  void into(int* out) { *out = 1; }
  void unknown(Undefined);
  void once() && {}
  int* pointer() { return &last_; }

  // Methods may have the names that the macro uses.
  int name_method() const { return 1; }
  int call() const { return 2; }
  int exists() const { return 3; }

 private:
  std::string name_;
  int last_ = 0;
  Point point_{};
};
PACTOR_ACTOR(Monitor, set, last, name, view, point, move_to, add, join, sum, merge, generic, twice,
             who, ping, into, unknown, once, pointer, name_method, call, exists);

template <class T, class U>
class Cell {
 public:
  void put(T value) { value_ = std::move(value); }
  T get() const { return value_; }

 private:
  T value_{};
};
PACTOR_ACTOR_TEMPLATE((class T, class U), Cell, (T, U), put, get);

struct Silent {};
PACTOR_ACTOR(Silent);

struct Outer {
  struct Inner {
    int i = 0;
    void set(int j) { i = j; }
  };
};
using Inner = Outer::Inner;
PACTOR_ACTOR(Inner, set);

namespace {
struct Unnamed {
  int i = 0;
  void set(int j) { i = j; }
};
PACTOR_ACTOR(Unnamed, set);
}  // namespace

}  // namespace app

namespace pactor::runtime {
namespace {

// Of small results, which are not borrowed.
class LocalReply final : public ReplyEncoder {
 public:
  void send() override { FAIL(); }
};

// Delivers at once, and gives back what the method returned.
template <class T>
class Local {
 public:
  template <class R>
  using Outcome = wire::stored_t<R>;
  template <class R>
  static constexpr bool kCanAnswer = SendableResult<R>;

  explicit Local(T& actor) : actor_(actor) {}

  template <class Call>
  Outcome<typename Call::Result> deliver(const wire::Encoder& bytes) const {
    void* object = &actor_;
    const MethodEntry* method = find_method(class_entry<T>(), Call::id, object);
    if (method == nullptr) throw BadMessage(Call::name);
    wire::Decoder arguments(bytes.view());
    LocalReply reply;
    method->thunk(object, arguments, &reply);
    wire::Decoder result(reply.view());
    if constexpr (!std::is_void_v<typename Call::Result>) {
      return wire::decode<Outcome<typename Call::Result>>(result);
    }
  }

 private:
  T& actor_;
};

template <class T, class As = T>
MethodsListedInPactorActor<As, Local<T>> methods_of(T& actor) {
  return MethodsListedInPactorActor<As, Local<T>>(Local<T>(actor));
}

class Describe : public testing::Test {
 protected:
  app::Monitor monitor;
  MethodsListedInPactorActor<app::Monitor, Local<app::Monitor>> methods{
      Local<app::Monitor>(monitor)};
};

TEST_F(Describe, BracesLiteralsAndConversionsWorkAsInADirectCall) {
  methods.move_to({3, 4});
  EXPECT_EQ(monitor.point().y, 4);
  methods.merge({{"a", 1}, {"b", 2}});
  EXPECT_EQ(monitor.last(), 2);
  methods.join("a", "b", "c", "d");
  EXPECT_EQ(monitor.name(), "abcd");
  methods.sum(std::vector<int>{1, 2, 3});
  EXPECT_EQ(monitor.last(), 6);
}

TEST_F(Describe, ArgumentsThatOnlyMoveAndThoseLeftOut) {
  methods.add(std::make_unique<int>(1));
  EXPECT_EQ(monitor.last(), 10);
  methods.add(std::make_unique<int>(1), 2);
  EXPECT_EQ(monitor.last(), 8);
  methods.add(std::make_unique<int>(1), {}, 3);
  EXPECT_EQ(monitor.last(), 4);
}

TEST_F(Describe, OverloadsAndMethodTemplates) {
  methods.set(5);
  EXPECT_EQ(monitor.last(), 5);
  methods.set("here", app::Point{1, 2});
  EXPECT_EQ(monitor.name(), "here");
  EXPECT_EQ(monitor.point().x, 1);
  methods.set("there");
  EXPECT_EQ(monitor.point().x, 7);
  methods.generic(2.5);
  EXPECT_EQ(monitor.last(), 2);
}

TEST_F(Describe, ResultsTravelInTheirStoredType) {
  methods.set("disk");
  EXPECT_EQ(methods.name(), "disk");
  static_assert(std::is_same_v<decltype(methods.view()), std::string>);
  EXPECT_EQ(methods.view(), "disk");
  EXPECT_EQ(methods.twice(4), 8);
}

TEST_F(Describe, NamesThatTheMacroUsesItself) {
  EXPECT_EQ(methods.name_method(), 1);
  EXPECT_EQ(methods.call(), 2);
  EXPECT_EQ(methods.exists(), 3);
}

TEST_F(Describe, InheritedMethodsAndOverrides) {
  methods.ping();
  EXPECT_EQ(monitor.pings, 1);
  EXPECT_EQ((methods_of<app::Monitor, app::Base>(monitor).who()), 2);
  methods_of<app::Monitor, app::Base>(monitor).ping();
  EXPECT_EQ(monitor.pings, 2);
}

TEST_F(Describe, PointersToMethodsNeedNoMacroAndSendTheSameMessage) {
  const Local<app::Monitor> via(monitor);
  send_to<app::Monitor, &app::Monitor::move_to>(via, app::Point{1, 9});
  EXPECT_EQ(monitor.point().y, 9);
  send_to<app::Monitor, pick<int>(&app::Monitor::set)>(via, 6);
  EXPECT_EQ((send_to<app::Monitor, &app::Monitor::last>(via)), 6);
  send_to<app::Monitor, &app::Monitor::ping>(via);
  EXPECT_EQ(monitor.pings, 1);

  using Listed = Call<app::Monitor, app::pactor_methods_of_Monitor::move_to, app::Point>;
  using Pointed = Call<app::Monitor, PointedTo<&app::Monitor::move_to>, app::Point>;
  static_assert(Listed::id == Pointed::id);
}

TEST_F(Describe, WhatTheMethodDoesNotTakeTheProxyDoesNotEither) {
  []<class Methods>(const Methods&) {
    static_assert(requires(const Methods& m) { m.set(1); });
    static_assert(requires(const Methods& m) { m.last(); });
    static_assert(!requires(const Methods& m) { m.set(app::Point{}); });
    static_assert(!requires(const Methods& m) { m.last(1); });
    static_assert(!requires(const Methods& m) { m.add(); });
    static_assert(!requires(const Methods& m) { m.move_to("there"); });
    static_assert(!requires(const Methods& m) { m.not_there(); });
    static_assert(!requires(const Methods& m) { m.last; });
    static_assert(!requires(const Methods& m, int* out) { m.into(out); });
    static_assert(!requires(const Methods& m) { m.pointer(); });
    static_assert(!requires(const Methods& m) { m.once(); });
  }(methods);
}

TEST(DescribePlaces, BeforeTheClassInTemplatesNestedAndInUnnamedNamespaces) {
  app::Before before;
  methods_of(before).hit(3);
  EXPECT_EQ(methods_of(before).hits(), 3);

  app::Cell<std::vector<std::string>, int> cell;
  methods_of(cell).put({"a", "b"});
  EXPECT_EQ(methods_of(cell).get().size(), 2u);

  app::Outer::Inner inner;
  methods_of(inner).set(3);
  EXPECT_EQ(inner.i, 3);

  app::Unnamed unnamed;
  methods_of(unnamed).set(4);
  EXPECT_EQ(unnamed.i, 4);
}

TEST(RegisterListedMethods, KnowsTheMethodsThatNobodyHereCalls) {
  struct Nothing {};
  register_listed_methods<app::Monitor>();
  register_listed_methods<app::Silent>();
  register_listed_methods<Nothing>();

  app::Monitor monitor;
  for (const std::uint64_t id :
       {wire::method_id("who"),
        wire::method_id("add", wire::type_hash<std::unique_ptr<int>>(), wire::type_hash<int>())}) {
    void* object = &monitor;
    EXPECT_NE(find_method(class_entry<app::Monitor>(), id, object), nullptr);
  }
}

TEST(RegisterListedMethods, RefusesTwoMethodsWithOneId) {
  static_assert(all_differ(std::array<std::uint64_t, 3>{1, 3, 2}));
  static_assert(!all_differ(std::array<std::uint64_t, 3>{1, 3, 1}));
}

TEST(Thunk, RefusesAMessageThatIsTooLongOrTooShort) {
  using MoveTo = Call<app::Monitor, app::pactor_methods_of_Monitor::move_to, app::Point>;
  app::Monitor monitor;
  const std::array<std::byte, 9> bytes{};
  for (const std::size_t size : {7u, 9u}) {
    wire::Decoder arguments(std::span<const std::byte>(bytes).first(size));
    EXPECT_THROW(MoveTo::thunk(&monitor, arguments, nullptr), BadMessage);
  }
}

}  // namespace
}  // namespace pactor::runtime
