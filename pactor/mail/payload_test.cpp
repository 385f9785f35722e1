#include <pactor/mail/payload.hpp>
#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace pactor::mail {
namespace {

std::vector<std::byte> copy_of(const Payload& payload) {
  std::vector<std::byte> copy(payload.size());
  payload.copy_to(copy.data());
  return copy;
}

TEST(Payload, OfNothingHasNoBytes) {
  EXPECT_EQ(Payload().size(), 0U);
  Payload().copy_to(nullptr);
}

TEST(Payload, InPiecesIsTheSameMessageAsInOne) {
  const std::string large(wire::Encoder::kLeastBorrowed, 'x');
  const std::string larger(1 << 20, 'y');
  const auto encoded_alike = [](const auto& value) {
    wire::Encoder in_one;
    wire::encode(in_one, value);
    wire::Encoder in_pieces{wire::Encoder::Borrowing()};
    wire::encode(in_pieces, value);
    EXPECT_FALSE(in_pieces.borrowed().empty());
    return copy_of(Payload(in_pieces)) == copy_of(Payload(in_one.view()));
  };
  EXPECT_TRUE(encoded_alike(large));
  EXPECT_TRUE(encoded_alike(std::tuple(1, large)));
  EXPECT_TRUE(encoded_alike(std::tuple(large, 2)));
  EXPECT_TRUE(encoded_alike(std::tuple(1, large, larger, std::string("small"), large, 2)));
}

}  // namespace
}  // namespace pactor::mail
