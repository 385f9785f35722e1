// What of a proxy needs no actor. (Calls that arrive are tested with real processes, in tests/.)

#include <pactor/proxy.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <unordered_set>

namespace app {

struct Base {
  void ping() {}
};
struct VirtualBase {};
struct Hidden {};
struct Derived;
PACTOR_ACTOR(Derived, forward, total);
struct Derived : Base, virtual VirtualBase, private Hidden {
  pactor::Proxy<Derived> next;  // of the class itself, which is incomplete here
  void forward(pactor::Proxy<Derived> to) { to->forward(next); }
  int total() const { return 0; }
};
PACTOR_ACTOR(Base, ping);

}  // namespace app

namespace pactor {
namespace {

static_assert(sizeof(Proxy<app::Derived>) == 16);
static_assert(std::is_nothrow_default_constructible_v<Proxy<app::Derived>>);
static_assert(wire::Sendable<Proxy<app::Derived>>);

static_assert(std::is_convertible_v<Proxy<app::Derived>, Proxy<app::Base>>);
static_assert(std::is_convertible_v<Proxy<app::Derived>, Proxy<app::VirtualBase>>);
static_assert(!std::is_convertible_v<Proxy<app::Derived>, Proxy<app::Hidden>>);
static_assert(!std::is_convertible_v<Proxy<app::Base>, Proxy<app::Derived>>);

// A tell returns nothing, an ask a Reply of the method's result.
static_assert(std::is_void_v<decltype(Proxy<app::Base>()->ping())>);
static_assert(std::is_same_v<decltype(Proxy<app::Derived>().ask()->total()), Reply<int>>);
static_assert(
    std::is_same_v<decltype(Proxy<app::Derived>().ask(std::chrono::seconds(1))->forward({})),
                   Reply<void>>);
static_assert(
    std::is_same_v<decltype(Proxy<app::Derived>().ask<&app::Derived::total>()), Reply<int>>);

template <class T>
Proxy<T> proxy_of(std::uint64_t id) {
  return Proxy<T>(std::make_shared<runtime::Remote>(id));
}

TEST(Proxy, IsEmptyByDefaultAndSaysSoWhenCalled) {
  const Proxy<app::Derived> empty;
  EXPECT_FALSE(empty);
  EXPECT_EQ(empty.id(), 0u);
  EXPECT_FALSE(empty.alive());
  EXPECT_THROW(empty->forward({}), Error);
  EXPECT_THROW(static_cast<void>(empty.ask()), Error);
  EXPECT_THROW(empty.send<&app::Derived::forward>(empty), Error);
  try {
    empty->forward({});
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("empty proxy of class app::Derived"), std::string::npos);
  }
}

TEST(Proxy, ComparesAndHashesByTheActorItSpeaksTo) {
  const auto one = proxy_of<app::Derived>(1), same = proxy_of<app::Derived>(1),
             two = proxy_of<app::Derived>(2);
  EXPECT_EQ(one, same);
  EXPECT_NE(one, two);
  EXPECT_NE(one, Proxy<app::Derived>());
  EXPECT_EQ((std::unordered_set<Proxy<app::Derived>>{one, same, two}.size()), 2u);
}

TEST(Proxy, OfADerivedClassIsOneOfItsBases) {
  const auto derived = proxy_of<app::Derived>(3);
  const Proxy<app::Base> base = derived;
  EXPECT_EQ(base.id(), 3u);
  EXPECT_EQ(base, derived);
}

TEST(Proxy, TravelsAsItsId) {
  for (const auto& sent : {proxy_of<app::Derived>(4), Proxy<app::Derived>()}) {
    wire::Encoder encoder;
    wire::encode(encoder, sent);
    EXPECT_EQ(encoder.view().size(), sizeof(std::uint64_t));
    wire::Decoder decoder(encoder.view());
    EXPECT_EQ(wire::decode<Proxy<app::Derived>>(decoder), sent);
  }
}

}  // namespace
}  // namespace pactor
