#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <array>
#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pactor::wire {
namespace {

template <class P>
stored_t<P> carried(const std::remove_cvref_t<P>& value) {
  Encoder encoder;
  encode_stored<P>(encoder, value);
  Decoder decoder(encoder.view());
  stored_t<P> stored = decode<stored_t<P>>(decoder);
  EXPECT_TRUE(decoder.done());
  return stored;
}

TEST(Stored, OwnsWhatTheParameterLooksAt) {
  EXPECT_TRUE((std::same_as<stored_t<const std::string&>, std::string>));
  EXPECT_TRUE((std::same_as<stored_t<std::unique_ptr<int>&&>, std::unique_ptr<int>>));
  EXPECT_TRUE((std::same_as<stored_t<std::string_view>, std::string>));
  EXPECT_TRUE((std::same_as<stored_t<const std::u8string_view&>, std::u8string>));
  EXPECT_TRUE((std::same_as<stored_t<const char*>, std::string>));
  EXPECT_TRUE((std::same_as<stored_t<char* const&>, std::string>));
  EXPECT_TRUE((std::same_as<stored_t<const char(&)[8]>, std::string>));
  EXPECT_TRUE((std::same_as<stored_t<std::span<const int>>, std::vector<int>>));
  EXPECT_TRUE((std::same_as<stored_t<std::span<const int, 3>>, std::array<int, 3>>));
}

TEST(Stored, IsEncodedWithoutBeingMade) {
  EXPECT_EQ(carried<const char*>("Dr"), "Dr");
  EXPECT_EQ(carried<const char(&)[3]>("Dr"), "Dr");
  EXPECT_EQ(carried<std::string_view>("a view"), "a view");
  EXPECT_EQ(carried<const std::string&>("a string"), "a string");
  const std::vector<int> numbers{1, 2, 3};
  EXPECT_EQ(carried<std::span<const int>>(numbers), numbers);
  const std::vector<std::string> names{"a", "b"};
  EXPECT_EQ(carried<std::span<const std::string>>(names), names);
  const std::array<int, 2> pair{1, 2};
  EXPECT_EQ((carried<std::span<const int, 2>>(pair)), pair);
}

TEST(Stored, RefusesANullCString) {
  Encoder encoder;
  EXPECT_THROW(encode_stored<const char*>(encoder, nullptr), Error);
}

TEST(HandOver, GivesTheMethodWhatItTakes) {
  std::string text = "text";
  EXPECT_EQ(std::string(hand_over<const char*>(text)), "text");
  EXPECT_EQ(hand_over<std::string_view>(text).data(), text.data());
  EXPECT_EQ(&hand_over<const std::string&>(text), &text);
  EXPECT_TRUE((std::same_as<decltype(hand_over<const std::string&>(text)), const std::string&>));
  EXPECT_TRUE((std::same_as<decltype(hand_over<std::string>(text)), std::string&&>));

  std::vector<int> numbers{1, 2};
  EXPECT_EQ(hand_over<std::span<const int>>(numbers).data(), numbers.data());

  auto pointer = std::make_unique<int>(3);
  const std::unique_ptr<int> moved = hand_over<std::unique_ptr<int>>(pointer);
  EXPECT_EQ(*moved, 3);
  EXPECT_EQ(pointer, nullptr);
}

}  // namespace
}  // namespace pactor::wire
