// What may be sent and what may not. (The texts of the refusals are tested by programs that must not
// compile.)
#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <variant>
#include <vector>

namespace app {

struct Node {
  int value;
  std::unique_ptr<Node> next;
  std::map<std::string, std::vector<Node>> named;
};
struct Ping;
struct Pong {
  std::vector<Ping> pings;
};
struct Ping {
  std::vector<Pong> pongs;
  std::optional<int> number;
};
struct Bad {
  int value;
  std::vector<std::unique_ptr<Bad>> more;
  std::list<std::tuple<int, Bad*>> hidden;
};
struct Shape {
  virtual ~Shape() = default;
};
struct Derived : Ping {
  int z;
};
struct Referring {
  int value;
  const std::string& name;
};
class Closed {
 public:
  explicit Closed(int n) : n_(n) {}
  [[nodiscard]] int n() const { return n_; }

 private:
  int n_;
};
union Either {
  int a;
  float b;
};
struct HalfCodec {};

}  // namespace app

template <>
struct pactor::codec<app::HalfCodec> {
  static void encode(Encoder&, const app::HalfCodec&) {}
};

namespace pactor::wire {
namespace {

TEST(Sendable, HoldsForValues) {
  EXPECT_TRUE(Sendable<int>);
  EXPECT_TRUE((Sendable<std::map<std::string, std::variant<std::monostate, std::vector<bool>>>>));
  EXPECT_TRUE((Sendable<std::tuple<std::unique_ptr<std::string>, std::array<int, 3>>>));
}

TEST(Sendable, HoldsForTypesThatContainThemselves) {
  EXPECT_TRUE(Sendable<app::Node>);
  EXPECT_TRUE(Sendable<app::Ping>);
  EXPECT_TRUE(Sendable<app::Pong>);
  EXPECT_FALSE(Sendable<app::Bad>);
}

TEST(Sendable, LooksDownToTheLastPart) {
  EXPECT_FALSE(Sendable<std::vector<int*>>);
  EXPECT_FALSE((Sendable<std::map<int, std::optional<std::shared_ptr<int>>>>));
  EXPECT_FALSE((Sendable<std::variant<int, std::tuple<std::string_view>>>));
  EXPECT_FALSE(Sendable<std::unique_ptr<app::Shape>>);
}

TEST(Sendable, FailsForWhatMeansNothingElsewhere) {
  EXPECT_FALSE(Sendable<const char*>);
  EXPECT_FALSE(Sendable<std::nullptr_t>);
  EXPECT_FALSE(Sendable<int&>);
  EXPECT_FALSE(Sendable<void (*)()>);
  EXPECT_FALSE(Sendable<int app::Pong::*>);
  EXPECT_FALSE(Sendable<int[3]>);
  EXPECT_FALSE(Sendable<std::string_view>);
  EXPECT_FALSE(Sendable<std::span<const int>>);
  EXPECT_FALSE(Sendable<std::reference_wrapper<int>>);
  EXPECT_FALSE(Sendable<std::function<void()>>);
  EXPECT_FALSE(Sendable<std::mutex>);
  EXPECT_FALSE(Sendable<std::thread>);
  EXPECT_FALSE(Sendable<std::unique_ptr<int[]>>);
}

TEST(Sendable, FailsForClassesThatNeedACodec) {
  EXPECT_FALSE(Sendable<app::Shape>);
  EXPECT_FALSE(Sendable<app::Derived>);
  EXPECT_FALSE(Sendable<app::Referring>);
  EXPECT_FALSE(Sendable<app::Closed>);
  EXPECT_FALSE(Sendable<app::Either>);
  EXPECT_FALSE(Sendable<app::HalfCodec>);
}

TEST(Sendable, NamesTheCulprit) {
  EXPECT_TRUE((std::same_as<Refused<std::vector<app::Bad>>, app::Bad*>));
  EXPECT_TRUE((std::same_as<Refused<app::Referring>, const std::string&>));
}

TEST(SendableParameter, MayBeAViewButNothingToWriteTo) {
  EXPECT_TRUE(SendableParameter<int>);
  EXPECT_TRUE(SendableParameter<const std::string&>);
  EXPECT_TRUE(SendableParameter<std::vector<int>&&>);
  EXPECT_TRUE(SendableParameter<std::string_view>);
  EXPECT_TRUE(SendableParameter<const char*>);
  EXPECT_TRUE(SendableParameter<std::span<const int>>);
  EXPECT_FALSE(SendableParameter<std::string&>);
  EXPECT_FALSE(SendableParameter<char*>);
  EXPECT_FALSE(SendableParameter<std::span<int>>);
  EXPECT_FALSE(SendableParameter<const int*>);
}

}  // namespace
}  // namespace pactor::wire
