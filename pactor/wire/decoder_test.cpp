#include <pactor/wire/decoder.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pactor::wire {
namespace {

constexpr std::array<std::byte, 6> kMessage{std::byte{1}, std::byte{0}, std::byte{0},
                                            std::byte{0}, std::byte{7}, std::byte{8}};

TEST(Decoder, TakesBytesFrontToBack) {
  Decoder decoder(kMessage);
  EXPECT_EQ(decoder.remaining(), 6U);
  EXPECT_EQ(decoder.take(4), kMessage.data());
  EXPECT_EQ(decoder.take(1), kMessage.data() + 4);
  EXPECT_EQ(decoder.remaining(), 1U);
  EXPECT_FALSE(decoder.done());
  decoder.take(1);
  EXPECT_TRUE(decoder.done());
}

TEST(Decoder, ReadsValuesAtAnyAlignment) {
  Decoder decoder(kMessage);
  decoder.take(1);
  EXPECT_EQ(decoder.value<std::uint32_t>(), 0x07000000U);
  EXPECT_EQ(decoder.value<std::uint8_t>(), 8U);
}

TEST(Decoder, ReadsALength) {
  Decoder decoder(kMessage);
  EXPECT_EQ(decoder.length(), 1U);
}

TEST(Decoder, RefusesOneByteTooManyAndConsumesNothing) {
  Decoder decoder(kMessage);
  EXPECT_THROW(decoder.take(7), BadMessage);
  EXPECT_EQ(decoder.remaining(), 6U);
  EXPECT_NO_THROW(decoder.take(6));
  EXPECT_THROW(decoder.take(1), BadMessage);
}

TEST(Decoder, RefusesACountThatWouldWrapThePointer) {
  Decoder decoder(kMessage);
  EXPECT_THROW(decoder.take(~std::size_t{0}), BadMessage);
}

TEST(Decoder, SaysHowMuchIsMissing) {
  Decoder decoder(kMessage);
  try {
    decoder.value<std::uint64_t>();
    FAIL() << "accepted";
  } catch (const BadMessage& error) {
    EXPECT_NE(std::string(error.what()).find("8 more bytes expected, 6 left"), std::string::npos)
        << error.what();
  }
}

TEST(Decoder, AcceptsAnEmptyMessageFromNowhere) {
  Decoder decoder(std::span<const std::byte>{});
  EXPECT_TRUE(decoder.done());
  EXPECT_NO_THROW(decoder.copy(nullptr, 0));
  EXPECT_THROW(decoder.length(), BadMessage);
}

}  // namespace
}  // namespace pactor::wire
