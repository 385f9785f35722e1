// Every family: what goes in comes out.
#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace pactor::wire {
namespace {

// Through an exact copy of the bytes, so that a sanitizer sees a read beyond them.
template <class T>
T round_trip(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  const std::vector<std::byte> bytes(encoder.view().begin(), encoder.view().end());
  Decoder decoder(bytes);
  T result = decode<T>(decoder);
  EXPECT_TRUE(decoder.done()) << decoder.remaining() << " bytes left of " << bytes.size();
  return result;
}

template <class T>
std::size_t encoded_size(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  return encoder.own_size();
}

template <class T>
void expect_round_trip(const T& value) {
  EXPECT_TRUE(round_trip(value) == value) << type_name<T>();
}

enum class Color : std::uint8_t { red, green = 200 };
enum Legacy { kOne = 1, kMinus = -1 };
enum class Flag : bool { no, yes };

TEST(Wire, CarriesNumbers) {
  expect_round_trip(true);
  expect_round_trip(false);
  expect_round_trip('c');
  expect_round_trip(u8'c');
  expect_round_trip(L'\x1234');
  expect_round_trip(std::numeric_limits<std::int8_t>::min());
  expect_round_trip(std::numeric_limits<std::uint64_t>::max());
  expect_round_trip(std::numeric_limits<long long>::min());
  expect_round_trip(-0.5F);
  expect_round_trip(std::numeric_limits<double>::infinity());
  expect_round_trip(1.0L / 3);
}

TEST(Wire, TakesTheSizeOfANumberAndNoMore) {
  EXPECT_EQ(encoded_size('c'), 1U);
  EXPECT_EQ(encoded_size(true), 1U);
  EXPECT_EQ(encoded_size(7), sizeof(int));
  EXPECT_EQ(encoded_size(Color::red), 1U);
  EXPECT_EQ(encoded_size(std::tuple('c', 7)), 1 + sizeof(int));
}

TEST(Wire, CarriesEnumsWithValuesThatHaveNoName) {
  expect_round_trip(Color::green);
  expect_round_trip(static_cast<Color>(77));  // NOLINT: which is the point
  expect_round_trip(kMinus);
  expect_round_trip(Flag::yes);
  expect_round_trip(std::byte{0xfe});
}

TEST(Wire, CarriesText) {
  expect_round_trip(std::string());
  expect_round_trip(std::string("actor"));
  expect_round_trip(std::string("a\0b", 3));
  expect_round_trip(std::string(100'000, 'x'));
  expect_round_trip(std::wstring(L"wide \x3b1"));
  expect_round_trip(std::u8string(u8"utf-8"));
  expect_round_trip(std::u16string(u"sixteen"));
  expect_round_trip(std::u32string(U"thirty-two"));
}

TEST(Wire, CarriesSequences) {
  expect_round_trip(std::vector<int>{});
  expect_round_trip(std::vector<int>{1, -2, 3});
  expect_round_trip(std::vector<std::byte>(1000, std::byte{3}));
  expect_round_trip(std::vector<Color>{Color::red, Color::green});
  expect_round_trip(std::vector<Flag>{Flag::yes, Flag::no});
  expect_round_trip(std::vector<std::string>{"a", "", "b"});
  expect_round_trip(std::vector<std::vector<double>>{{1.5}, {}, {2.5, 3.5}});
  expect_round_trip(std::deque<int>{1, 2});
  expect_round_trip(std::list<std::string>{"x", "y"});
  expect_round_trip(std::forward_list<int>{1, 2, 3});
}

TEST(Wire, CarriesVectorOfBool) {
  expect_round_trip(std::vector<bool>{});
  expect_round_trip(std::vector<bool>{true, false, false, true});
}

TEST(Wire, CarriesMapsAndSets) {
  expect_round_trip(std::set<std::string>{"b", "a"});
  expect_round_trip(std::multiset<int>{1, 1, 2});
  expect_round_trip(std::map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
  expect_round_trip(std::multimap<int, int>{{1, 2}, {1, 1}, {0, 9}});
  expect_round_trip(std::unordered_set<int>{3, 1, 2});
  expect_round_trip(std::unordered_map<int, std::string>{{1, "one"}, {2, "two"}});
}

TEST(Wire, CarriesMapsOfThingsThatOnlyMove) {
  std::map<std::unique_ptr<int>, std::unique_ptr<int>> map;
  map.emplace(std::make_unique<int>(1), std::make_unique<int>(2));
  const auto back = round_trip(map);
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(*back.begin()->first, 1);
  EXPECT_EQ(*back.begin()->second, 2);
}

TEST(Wire, CarriesArrays) {
  expect_round_trip(std::array<int, 0>{});
  expect_round_trip(std::array<int, 3>{1, 2, 3});
  expect_round_trip(std::array<bool, 2>{true, false});
  expect_round_trip(std::array<std::string, 2>{"a", "b"});
  expect_round_trip(std::array<std::array<char, 2>, 2>{{{'a', 'b'}, {'c', 'd'}}});
}

TEST(Wire, CarriesPairsAndTuples) {
  expect_round_trip(std::pair<const int, std::string>(1, "x"));
  expect_round_trip(std::tuple<>());
  expect_round_trip(std::tuple<int, std::string, std::tuple<bool>>(1, "two", true));
}

TEST(Wire, CarriesOptionals) {
  expect_round_trip(std::optional<int>());
  expect_round_trip(std::optional<int>(3));
  expect_round_trip(std::optional<std::optional<int>>(std::optional<int>()));
}

TEST(Wire, CarriesVariantsByIndex) {
  expect_round_trip(std::variant<std::monostate, int, std::string>());
  expect_round_trip(std::variant<std::monostate, int, std::string>("text"));
  expect_round_trip(std::variant<int, int>(std::in_place_index<1>, 4));
}

struct ThrowsWhenCopied {
  ThrowsWhenCopied() = default;
  ThrowsWhenCopied(const ThrowsWhenCopied&) { throw 1; }
  ThrowsWhenCopied& operator=(const ThrowsWhenCopied&) = default;
  ~ThrowsWhenCopied() = default;
};

}  // namespace
}  // namespace pactor::wire

template <>
struct pactor::codec<pactor::wire::ThrowsWhenCopied> {
  static void encode(Encoder&, const wire::ThrowsWhenCopied&) {}
  static wire::ThrowsWhenCopied decode(Decoder&) { return {}; }
};

namespace pactor::wire {
namespace {

TEST(Wire, RefusesAVariantWithoutAValue) {
  std::variant<int, ThrowsWhenCopied> variant;
  const ThrowsWhenCopied source;
  EXPECT_THROW(variant.emplace<1>(source), int);
  ASSERT_TRUE(variant.valueless_by_exception());
  Encoder encoder;
  EXPECT_THROW(encode(encoder, variant), Error);
}

TEST(Wire, CarriesWhatAUniquePtrPointsTo) {
  EXPECT_EQ(round_trip(std::unique_ptr<int>()), nullptr);
  EXPECT_EQ(*round_trip(std::make_unique<std::string>("x")), "x");
  EXPECT_EQ(*round_trip(std::make_unique<const int>(3)), 3);
}

TEST(Wire, CarriesTimes) {
  using namespace std::chrono_literals;
  expect_round_trip(-3ms);
  expect_round_trip(std::chrono::duration<double>(1.5));
  expect_round_trip(std::chrono::system_clock::now());
  expect_round_trip(std::chrono::steady_clock::now());
  expect_round_trip(std::vector<std::chrono::nanoseconds>{1ns, 2ns});
}

TEST(Wire, CarriesPaths) {
  expect_round_trip(std::filesystem::path());
  expect_round_trip(std::filesystem::path("/var/log/../log/x.txt"));
  expect_round_trip(std::vector<std::filesystem::path>{"a", "b/c"});
}

TEST(Wire, PutsManyValuesOneAfterAnother) {
  Encoder encoder;
  encode(encoder, std::string("disk"));
  encode(encoder, 42);
  encode(encoder, std::vector<bool>{true});
  Decoder decoder(encoder.view());
  EXPECT_EQ(decode<std::string>(decoder), "disk");
  EXPECT_EQ(decode<int>(decoder), 42);
  EXPECT_EQ(decode<std::vector<bool>>(decoder), std::vector<bool>{true});
  EXPECT_TRUE(decoder.done());
}

}  // namespace
}  // namespace pactor::wire
