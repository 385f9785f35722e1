#include <pactor/wire/encoder.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>

namespace pactor::wire {
namespace {

std::string_view text_of(const Encoder& encoder) {
  return {reinterpret_cast<const char*>(encoder.view().data()), encoder.view().size()};
}

TEST(Encoder, BeginsEmpty) {
  const Encoder encoder;
  EXPECT_EQ(encoder.own_size(), 0U);
  EXPECT_TRUE(encoder.view().empty());
}

TEST(Encoder, KeepsBytesInOrder) {
  Encoder encoder;
  encoder.bytes("actor", 5);
  encoder.bytes("s", 1);
  EXPECT_EQ(text_of(encoder), "actors");
}

TEST(Encoder, TakesNothingFromNowhere) {
  Encoder encoder;
  encoder.bytes(nullptr, 0);
  EXPECT_EQ(encoder.own_size(), 0U);
}

TEST(Encoder, StaysInlineUpToItsLastByteAndMovesToTheHeapBeyond) {
  Encoder encoder;
  const std::string full(Encoder::kInlineBytes, 'x');
  encoder.bytes(full.data(), full.size());
  const std::byte* inline_place = encoder.view().data();
  EXPECT_GE(inline_place, reinterpret_cast<const std::byte*>(&encoder));
  EXPECT_LT(inline_place, reinterpret_cast<const std::byte*>(&encoder + 1));

  encoder.bytes("y", 1);
  EXPECT_NE(encoder.view().data(), inline_place);
  EXPECT_EQ(text_of(encoder), full + "y");
}

TEST(Encoder, GrowsManyTimesWithoutLosingAByte) {
  Encoder encoder;
  std::string expected;
  for (int i = 0; i < 10'000; ++i) {
    const std::string piece = std::to_string(i);
    encoder.bytes(piece.data(), piece.size());
    expected += piece;
  }
  EXPECT_EQ(text_of(encoder), expected);
}

TEST(Encoder, TakesAPieceOfManyTimesItsRoomAtOnce) {
  Encoder encoder;
  const std::string large(1 << 20, 'z');
  encoder.bytes(large.data(), large.size());
  EXPECT_EQ(text_of(encoder), large);
}

TEST(Encoder, WritesALengthInFourBytes) {
  Encoder encoder;
  encoder.length(0xffff'ffff);
  ASSERT_EQ(encoder.own_size(), 4U);
  std::uint32_t prefix = 0;
  std::memcpy(&prefix, encoder.view().data(), sizeof prefix);
  EXPECT_EQ(prefix, 0xffff'ffffU);
}

TEST(Encoder, RefusesALengthBeyondFourBytesAndSaysTheRemedy) {
  Encoder encoder;
  try {
    encoder.length(0x1'0000'0000);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("send it in parts"), std::string::npos);
  }
  EXPECT_EQ(encoder.own_size(), 0U);
}

TEST(Encoder, ThrowsBadAllocWhereThereIsNoMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer ends the process";
#endif
  Encoder encoder;
  encoder.bytes("a", 1);
  volatile std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();
  EXPECT_THROW(encoder.bytes("b", most - 1), std::bad_alloc);
  EXPECT_EQ(text_of(encoder), "a");
}

TEST(Encoder, ThatBorrowsNotesWhereLargeArraysLieAndWhatIsBeforeThem) {
  Encoder encoder{Encoder::Borrowing()};
  const std::string first(Encoder::kLeastBorrowed, 'a');
  const std::string second(1 << 20, 'b');
  encoder.bytes("12", 2);
  encoder.elements(first.data(), first.size());
  encoder.bytes("3", 1);
  encoder.elements(second.data(), second.size());
  ASSERT_EQ(encoder.borrowed().size(), 2U);
  EXPECT_EQ(encoder.borrowed()[0].bytes.data(), static_cast<const void*>(first.data()));
  EXPECT_EQ(encoder.borrowed()[0].bytes.size(), first.size());
  EXPECT_EQ(encoder.borrowed()[0].position, 2U);
  EXPECT_EQ(encoder.borrowed()[1].bytes.data(), static_cast<const void*>(second.data()));
  EXPECT_EQ(encoder.borrowed()[1].position, 3U);
  EXPECT_EQ(encoder.own().size(), 3U);
  EXPECT_FALSE(encoder.plain());
}

TEST(Encoder, ThatBorrowsCopiesSmallArraysAndPlainBytes) {
  Encoder encoder{Encoder::Borrowing()};
  const std::string small(Encoder::kLeastBorrowed - 1, 'a');
  const std::string large(1 << 20, 'b');
  encoder.elements(small.data(), small.size());
  encoder.bytes(large.data(), large.size());
  EXPECT_TRUE(encoder.borrowed().empty());
  EXPECT_EQ(text_of(encoder), small + large);
}

TEST(Encoder, BorrowsNothingUnlessToldThatItMay) {
  Encoder encoder;
  const std::string large(1 << 20, 'a');
  encoder.elements(large.data(), large.size());
  EXPECT_TRUE(encoder.borrowed().empty());
  EXPECT_EQ(text_of(encoder), large);
}

TEST(Encoder, HasNoViewOfWhatItBorrows) {
  Encoder encoder{Encoder::Borrowing()};
  const std::string large(1 << 20, 'a');
  encoder.elements(large.data(), large.size());
  EXPECT_DEATH(static_cast<void>(encoder.view()), "broken invariant");
  encoder.clear();
  encoder.bytes("b", 1);
  EXPECT_EQ(text_of(encoder), "b");
}

TEST(Encoder, IsReusableAfterClear) {
  Encoder encoder;
  const std::string large(1000, 'a');
  encoder.bytes(large.data(), large.size());
  encoder.clear();
  EXPECT_EQ(encoder.own_size(), 0U);
  encoder.bytes("b", 1);
  EXPECT_EQ(text_of(encoder), "b");
}

}  // namespace
}  // namespace pactor::wire
