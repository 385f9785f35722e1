#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace app {

// Has no default constructor, and so no `{}`.
class Money {
 public:
  explicit Money(long cents) : cents_(cents) {}
  [[nodiscard]] long cents() const { return cents_; }
  friend bool operator==(const Money&, const Money&) = default;

 private:
  long cents_;
};

struct Pinned {  // neither copied nor moved
  explicit Pinned(int n) : number(n) {}
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() = default;
  int number;
};

}  // namespace app

template <>
struct pactor::codec<app::Money> {
  static void encode(Encoder& e, const app::Money& money) { pactor::encode(e, money.cents()); }
  static app::Money decode(Decoder& d) { return app::Money(pactor::decode<long>(d)); }
};

template <>
struct pactor::codec<app::Pinned> {
  static void encode(Encoder& e, const app::Pinned& pinned) { pactor::encode(e, pinned.number); }
  static app::Pinned decode(Decoder& d) { return app::Pinned(pactor::decode<int>(d)); }
};

namespace app {

struct Empty {
  friend bool operator==(const Empty&, const Empty&) = default;
};
struct Point {
  double x, y;
  friend bool operator==(const Point&, const Point&) = default;
};
struct Padded {
  char letter;
  int number;
  friend bool operator==(const Padded&, const Padded&) = default;
};
struct Status {
  std::string target;
  int code = 7;
  std::vector<Status> causes;
  friend bool operator==(const Status&, const Status&) = default;
};
struct Nested {
  Status status;
  Point corners[2][2];
  Empty nothing;
  std::array<int, 3> numbers;
  std::optional<Point> middle;
  std::map<std::string, Point> named;
  friend bool operator==(const Nested&, const Nested&) = default;
};
struct Bits {
  unsigned low : 3;
  unsigned high : 20;
  bool flag : 1;
  std::string name;
  friend bool operator==(const Bits&, const Bits&) = default;
};
struct Constant {
  const int id;
  const std::string name;
  friend bool operator==(const Constant&, const Constant&) = default;
};
struct Token {  // flat, but a vector of it cannot be resized
  const int id;
  friend bool operator==(const Token&, const Token&) = default;
};
struct Order {  // fields without a default, at the beginning and in the middle
  Money price;
  std::string item;
  char code[4];
  Money discount;
  int count;
};
struct Defaulted {  // T{} does, though a `{}` for the first field does not
  Money price = Money(3);
  int count = 4;
  friend bool operator==(const Defaulted&, const Defaulted&) = default;
};
struct HoldsPinned {
  Pinned pinned;
  std::unique_ptr<int> pointer;
};
struct Page {
  char text[65536];
  int number;
};
struct Wide {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, a1, a2, a3;
  std::string name;
  std::tuple<int, std::string> pair;
  Point point;
  friend bool operator==(const Wide&, const Wide&) = default;
};
struct TooWide {
  Wide wide;
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, a1, a2, a3, a4,
      a5, a6;
};
struct Derived : Point {
  int z;
};

}  // namespace app

namespace pactor::wire {
namespace {

template <class T>
T round_trip(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  const std::vector<std::byte> bytes(encoder.view().begin(), encoder.view().end());
  Decoder decoder(bytes);
  return decode<T>(decoder);
}

template <class T>
std::size_t encoded_size(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  return encoder.own_size();
}

TEST(FieldCount, CountsFieldsAndNotTheElementsOfArrays) {
  EXPECT_EQ(kFieldCount<app::Empty>, 0U);
  EXPECT_EQ(kFieldCount<app::Point>, 2U);
  EXPECT_EQ(kFieldCount<app::Status>, 3U);
  EXPECT_EQ(kFieldCount<app::Nested>, 6U);
  EXPECT_EQ(kFieldCount<app::Bits>, 4U);
  EXPECT_EQ(kFieldCount<app::Constant>, 2U);
  EXPECT_EQ(kFieldCount<app::Page>, 2U);
  EXPECT_EQ(kFieldCount<app::Wide>, kMostFields);
}

TEST(FieldCount, CountsFieldsWithoutADefault) {
  EXPECT_EQ(kFieldCount<app::Order>, 5U);
  EXPECT_EQ(kFieldCount<app::Defaulted>, 2U);
  EXPECT_EQ(kFieldCount<app::HoldsPinned>, 2U);
}

TEST(FieldCount, GivesUpBeyondTheMost) { EXPECT_EQ(kFieldCount<app::TooWide>, kUncounted); }

TEST(FieldCount, SeesBaseClasses) {
  EXPECT_TRUE(kHasBase<app::Derived>);
  EXPECT_FALSE(kHasBase<app::Nested>);
  EXPECT_FALSE(kHasBase<app::Order>);
}

TEST(Fields, AreTheDeclaredTypes) {
  EXPECT_TRUE((std::same_as<Fields<app::Constant>, TypeList<const int, const std::string>>));
  EXPECT_TRUE((std::same_as<Fields<app::Page>, TypeList<char[65536], int>>));
  EXPECT_TRUE((std::same_as<Fields<app::Bits>, TypeList<unsigned, unsigned, bool, std::string>>));
}

TEST(Aggregate, CarriesStructsInStructs) {
  const app::Status status{"disk", 3, {{"fan", 1, {}}, {"dust", 2, {{"wind", 4, {}}}}}};
  EXPECT_EQ(round_trip(status), status);
  const app::Nested nested{
      status,         {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}, {}, {1, 2, 3}, app::Point{0, 0},
      {{"a", {1, 1}}}};
  EXPECT_EQ(round_trip(nested), nested);
  EXPECT_EQ(round_trip(app::Empty()), app::Empty());
}

TEST(Aggregate, CarriesAsManyFieldsAsItPromises) {
  app::Wide wide{};
  wide.a = 1;
  wide.a3 = 2;
  wide.name = "wide";
  wide.pair = {3, "pair"};
  wide.point = {4, 5};
  EXPECT_EQ(round_trip(wide), wide);
}

TEST(Aggregate, CarriesBitFields) {
  const app::Bits bits{5, 0xfffff, true, "bits"};
  EXPECT_EQ(round_trip(bits), bits);
}

TEST(Aggregate, CarriesConstFields) {
  const app::Constant constant{3, "three"};
  EXPECT_EQ(round_trip(constant), constant);
  const std::vector<app::Token> tokens{{1}, {2}};
  EXPECT_EQ(round_trip(tokens), tokens);
  EXPECT_EQ((round_trip(std::array<app::Token, 1>{{{3}}})[0].id), 3);
}

TEST(Aggregate, CarriesFieldsWithoutADefault) {
  const app::Defaulted defaulted{app::Money(1), 2};
  EXPECT_EQ(round_trip(defaulted), defaulted);
}

TEST(Aggregate, ConstructsFieldsInPlace) {
  const app::HoldsPinned holds{app::Pinned(3), std::make_unique<int>(4)};
  const app::HoldsPinned back = round_trip(holds);
  EXPECT_EQ(back.pinned.number, 3);
  EXPECT_EQ(*back.pointer, 4);
}

TEST(Aggregate, CarriesLargeCArrays) {
  auto page = std::make_unique<app::Page>();
  page->text[0] = 'a';
  page->text[65535] = 'z';
  page->number = 9;
  const auto back = round_trip(page);
  EXPECT_EQ(back->text[0], 'a');
  EXPECT_EQ(back->text[65535], 'z');
  EXPECT_EQ(back->number, 9);
}

TEST(Aggregate, IsCopiedAtOnceWhereItsBytesAreItsFields) {
  EXPECT_TRUE(Flat<app::Point>);
  EXPECT_TRUE(Flat<app::Page>);
  EXPECT_TRUE((Flat<std::array<app::Point, 3>>));
  EXPECT_FALSE(Flat<app::Padded>) << "padding would be sent";
  EXPECT_FALSE(Flat<app::Status>);
  EXPECT_FALSE(Flat<app::Money>) << "the codec was not asked";
  EXPECT_FALSE(Flat<bool>);

  const std::vector<app::Point> points{{1, 2}, {3, 4}};
  EXPECT_EQ(round_trip(points), points);
  EXPECT_EQ(encoded_size(points), 4 + 2 * sizeof(app::Point));
}

TEST(Aggregate, SendsNoPadding) {
  EXPECT_EQ(encoded_size(app::Padded{'a', 1}), sizeof(char) + sizeof(int));
  const std::vector<app::Padded> padded{{'a', 1}, {'b', 2}};
  EXPECT_EQ(round_trip(padded), padded);
}

TEST(Codec, WinsOverTheFamily) {
  EXPECT_EQ(encoded_size(app::Money(5)), sizeof(long));
  EXPECT_EQ(round_trip(std::vector<app::Money>{app::Money(1), app::Money(2)}).back().cents(), 2);
  EXPECT_EQ((round_trip(std::array<app::Money, 2>{app::Money(1), app::Money(2)})[1].cents()), 2);
}

}  // namespace
}  // namespace pactor::wire
