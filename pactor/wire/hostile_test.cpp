// Bytes that no sender of ours wrote: each ends in BadMessage, none in undefined behaviour, a huge
// allocation or an overflowing stack. Run with sanitizers to hold the second half of that.
#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace pactor::wire {
namespace {

struct Empty {};

struct Tree {
  int value = 0;
  std::vector<Tree> kids;
};

struct Link {
  int value = 0;
  std::unique_ptr<Link> next;
};

struct Owners {
  std::string first;
  std::unique_ptr<std::string> second;
  std::vector<std::string> third;
};

struct Everything {
  bool flag = false;
  std::string text;
  std::optional<std::wstring> wide;
  std::variant<int, std::string, std::vector<bool>> choice;
  std::map<std::string, std::vector<int>> map;
  std::set<std::uint8_t> set;
  std::array<std::string, 2> pair;
  char raw[5] = {};
  std::unique_ptr<double> pointer;
  Tree tree;
  std::vector<Empty> nothing;
};

// One byte on the wire; knows how often one was made of it.
struct Counted {
  static inline int decoded = 0;
};

// Knows the largest memory that was asked for.
inline std::size_t largest_allocation = 0;
template <class T>
struct Recording : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = Recording<U>;
  };
  T* allocate(std::size_t count) {
    largest_allocation = std::max(largest_allocation, count * sizeof(T));
    return std::allocator<T>::allocate(count);
  }
};

}  // namespace
}  // namespace pactor::wire

template <>
struct pactor::codec<pactor::wire::Counted> {
  static void encode(Encoder& encoder, const wire::Counted&) { encoder.bytes("", 1); }
  static wire::Counted decode(Decoder& decoder) {
    ++wire::Counted::decoded;
    decoder.take(1);
    return {};
  }
};

namespace pactor::wire {
namespace {

template <class T>
T decode_all(const std::vector<std::byte>& bytes) {
  Decoder decoder(bytes);
  return decode<T>(decoder);
}

template <class T>
std::vector<std::byte> encoded(const T& value) {
  Encoder encoder;
  encode(encoder, value);
  return {encoder.view().begin(), encoder.view().end()};
}

Everything sample() {
  Everything sample;
  sample.flag = true;
  sample.text = "some text";
  sample.wide = L"wide";
  sample.choice = std::vector<bool>{true, false};
  sample.map = {{"a", {1, 2}}, {"b", {}}};
  sample.set = {1, 2, 3};
  sample.pair = {"first, on the heap for its length", "second, on the heap for its length"};
  sample.pointer = std::make_unique<double>(2.5);
  sample.tree = {1, {{2, {}}, {3, {{4, {}}}}}};
  sample.nothing.resize(3);
  return sample;
}

TEST(Hostile, EveryTruncationIsRefused) {
  const std::vector<std::byte> bytes = encoded(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> cut(bytes.begin(),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(decode_all<Everything>(cut), BadMessage) << size << " of " << bytes.size();
  }
}

TEST(Hostile, WhatWasDecodedBeforeTheEndIsReleased) {  // a leak checker is the judge
  const std::string text(100, 'x');
  const std::vector<std::byte> bytes =
      encoded(Owners{text, std::make_unique<std::string>(text), {text, text}});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<std::byte> cut(bytes.begin(),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(decode_all<Owners>(cut), BadMessage);
    EXPECT_THROW((decode_all<std::tuple<Owners, Owners>>(cut)), BadMessage);
  }
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): its view of a throw between two fields

TEST(Hostile, EveryByteMayBeAnything) {
  const std::vector<std::byte> bytes = encoded(sample());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::vector<std::byte> changed = bytes;
      changed[at] = static_cast<std::byte>(value);
      try {
        decode_all<Everything>(changed);
      } catch (const BadMessage&) {
      }
    }
  }
}

TEST(Hostile, NoiseIsRefusedOrUnderstood) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> noise(random() % 64);
    std::ranges::generate(noise, [&random] { return static_cast<std::byte>(random() % 4); });
    try {
      decode_all<Everything>(noise);
    } catch (const BadMessage&) {
    }
  }
}

TEST(Hostile, BoolIsZeroOrOne) {
  EXPECT_FALSE(decode_all<bool>({std::byte{0}}));
  EXPECT_TRUE(decode_all<bool>({std::byte{1}}));
  EXPECT_THROW(decode_all<bool>({std::byte{2}}), BadMessage);
  EXPECT_THROW(decode_all<bool>({std::byte{255}}), BadMessage);
  EXPECT_THROW(decode_all<std::optional<int>>({std::byte{2}}), BadMessage);
  EXPECT_THROW((decode_all<std::array<bool, 1>>({std::byte{2}})), BadMessage);
  EXPECT_THROW(decode_all<std::vector<bool>>(encoded(std::vector<char>{2})), BadMessage);
}

TEST(Hostile, VariantHasOnlyItsAlternatives) {
  using Choice = std::variant<char, bool>;
  EXPECT_EQ(decode_all<Choice>({std::byte{1}, std::byte{1}}), Choice(true));
  EXPECT_THROW(decode_all<Choice>({std::byte{2}, std::byte{1}}), BadMessage);
  EXPECT_THROW(decode_all<Choice>({std::byte{255}, std::byte{1}}), BadMessage);
}

// A length of 2^32 - 1, and one byte.
std::vector<std::byte> boast() {
  Encoder encoder;
  encoder.length(0xffff'ffff);
  encoder.bytes("", 1);
  return {encoder.view().begin(), encoder.view().end()};
}

TEST(Hostile, LengthBeyondTheMessageIsRefusedBeforeAnythingIsAllocated) {
  EXPECT_THROW(decode_all<std::string>(boast()), BadMessage);
  EXPECT_THROW(decode_all<std::u32string>(boast()), BadMessage);
  EXPECT_THROW(decode_all<std::vector<char>>(boast()), BadMessage);
  EXPECT_THROW(decode_all<std::vector<double>>(boast()), BadMessage);
  EXPECT_THROW(decode_all<std::vector<std::string>>(boast()), BadMessage);
  EXPECT_THROW((decode_all<std::map<int, int>>(boast())), BadMessage);
}

TEST(Hostile, LengthBeyondTheMessageIsRefusedBeforeAnythingIsDecoded) {
  EXPECT_EQ(decode_all<std::vector<Counted>>(encoded(std::vector<Counted>(3))).size(), 3U);
  EXPECT_EQ(Counted::decoded, 3);
  EXPECT_THROW(decode_all<std::vector<Counted>>(boast()), BadMessage);
  EXPECT_EQ(Counted::decoded, 3);
}

TEST(Hostile, LengthThatTheMessageMayHoldAllocatesNoMoreThanWhatHasArrivedNeeds) {
  using Large = std::optional<std::array<std::string, 100>>;  // of one byte, if it is empty
  constexpr std::size_t kCount = 1000;
  std::vector<std::byte> claim = encoded(std::vector<char>(kCount));
  using Larges = std::vector<Large, Recording<Large>>;
  EXPECT_EQ(decode_all<Larges>(claim).size(), kCount);
  EXPECT_GE(largest_allocation, kCount * sizeof(Large));
  largest_allocation = 0;
  claim[sizeof(std::uint32_t)] = std::byte{2};  // neither empty nor not
  EXPECT_THROW(decode_all<Larges>(claim), BadMessage);
  EXPECT_LE(largest_allocation, 65536 + sizeof(Large));
}

TEST(Hostile, LengthOfEmptyThingsIsBoundedToo) {
  EXPECT_THROW(decode_all<std::vector<Empty>>(boast()), BadMessage);
  EXPECT_THROW(decode_all<std::list<std::monostate>>(boast()), BadMessage);
  EXPECT_THROW((decode_all<std::deque<std::array<int, 0>>>(boast())), BadMessage);
  const auto back = decode_all<std::pair<std::vector<Empty>, char>>(
      encoded(std::pair(std::vector<Empty>(5), 'x')));
  EXPECT_EQ(back.first.size(), 5U);
  EXPECT_EQ(back.second, 'x') << "each has taken its byte";
}

TEST(Hostile, NestingIsBoundedWhenDecoding) {
  std::vector<std::byte> deep;
  for (int level = 0; level < 1'000'000; ++level) {
    const std::vector<std::byte> one = encoded(std::pair(level, std::uint32_t{1}));
    deep.insert(deep.end(), one.begin(), one.end());
  }
  EXPECT_THROW(decode_all<Tree>(deep), BadMessage);
  EXPECT_THROW(decode_all<std::unique_ptr<Link>>(std::vector<std::byte>(1'000'000, std::byte{1})),
               BadMessage);
  // And by its number, whatever the stack: these are links that are all there.
  std::vector<std::byte> chain;
  for (std::uint32_t link = 0; link <= kMaxNesting; ++link) {
    const std::vector<std::byte> one = encoded(std::pair(7, link != kMaxNesting));
    chain.insert(chain.end(), one.begin(), one.end());
  }
  EXPECT_THROW(decode_all<Link>(chain), BadMessage);
}

Link chain(int length) {
  Link first;
  Link* last = &first;
  for (int i = 1; i < length; ++i) {
    last->next = std::make_unique<Link>();
    last = last->next.get();
  }
  return first;
}

TEST(Hostile, NestingIsBoundedWhenEncodingAndWhatWasEncodedIsDecoded) {
  EXPECT_NO_THROW(decode_all<Link>(encoded(chain(kMaxNesting))));
  EXPECT_THROW(encoded(chain(kMaxNesting + 1)), Error);
  Tree tree;  // has kids, which are none, at each depth
  for (std::uint32_t depth = 1; depth < kMaxNesting; ++depth) {
    Tree above;
    above.kids.push_back(std::move(tree));
    tree = std::move(above);
  }
  EXPECT_NO_THROW(decode_all<Tree>(encoded(tree)));
  EXPECT_THROW(encoded(std::vector<Tree>(1, tree)), Error);
}

TEST(Hostile, NestingIsForgottenWhenAValueIsComplete) {
  const std::vector<std::vector<std::string>> wide(5000, {"x"});
  EXPECT_EQ(decode_all<std::vector<std::vector<std::string>>>(encoded(wide)), wide);
}

}  // namespace
}  // namespace pactor::wire
