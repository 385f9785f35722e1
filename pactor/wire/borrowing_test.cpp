// What an encoder may borrow of the values that it encodes: what is a part of them, and not what is made on the way.
#include <pactor/wire/wire.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace app {

struct Image {
  int width = 0;
  std::vector<std::uint16_t> pixels;
};

// Its bytes are made for each message.
class Drawing {
 public:
  [[nodiscard]] static std::string rendered() { return std::string(100'000, 'd'); }
};

// Its elements are made as they are looked at.
class Texts {
 public:
  using value_type = std::string;
  class Iterator {
   public:
    using value_type = std::string;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(int at) : at_(at) {}
    std::string operator*() const { return std::string(100'000, static_cast<char>('a' + at_)); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    bool operator==(const Iterator&) const = default;

   private:
    int at_ = 0;
  };
  [[nodiscard]] Iterator begin() const { return Iterator(0); }
  [[nodiscard]] Iterator end() const { return Iterator(3); }
  void push_back(const std::string&) {}
};

// Structured bindings ask get(), which makes its field.
struct Report {
  std::string title;
  std::string text;
};
template <std::size_t I>
std::string get(const Report& report) {
  return I == 0 ? report.title : report.text;
}

struct Note {
  std::string text;
  operator std::string() const { return text; }  // NOLINT: implicit, as the test wants it
};

// Its elements are another type to those who may change them.
class Notes {
 public:
  using value_type = std::string;
  std::string* begin() { return nullptr; }
  std::string* end() { return nullptr; }
  [[nodiscard]] const Note* begin() const { return &note_; }
  [[nodiscard]] const Note* end() const { return &note_ + 1; }
  void push_back(const std::string&) {}

 private:
  Note note_{std::string(100'000, 'n')};
};

}  // namespace app

template <>
struct std::tuple_size<app::Report> : std::integral_constant<std::size_t, 2> {};
template <std::size_t I>
struct std::tuple_element<I, app::Report> {
  using type = std::string;
};

template <>
struct pactor::codec<app::Drawing> {
  static void encode(Encoder& encoder, const app::Drawing&) {
    pactor::encode(encoder, app::Drawing::rendered());
  }
  static app::Drawing decode(Decoder& decoder) {
    static_cast<void>(pactor::decode<std::string>(decoder));
    return {};
  }
};

namespace pactor::wire {
namespace {

const std::string kLarge(100'000, 'x');
const std::string kLarger(10'000'000, 'y');

template <class T>
std::size_t borrowed_of(const T& value) {
  Encoder encoder{Encoder::Borrowing()};
  encode_stored<T>(encoder, value);
  return encoder.borrowed().size();
}

TEST(Borrowing, IsOfLargeArraysWhereverTheyAreInAValue) {
  EXPECT_EQ(borrowed_of(kLarge), 1U);
  EXPECT_EQ(borrowed_of(std::string_view(kLarge)), 1U);
  EXPECT_EQ(borrowed_of(kLarge.c_str()), 1U);
  const std::vector<double> numbers(10'000);
  EXPECT_EQ(borrowed_of(numbers), 1U);
  EXPECT_EQ(borrowed_of(std::span(numbers)), 1U);
  EXPECT_EQ(borrowed_of(app::Image{.width = 8, .pixels = std::vector<std::uint16_t>(20'000)}), 1U);
  EXPECT_EQ(borrowed_of(std::vector<std::string>{kLarge, "small", kLarge}), 2U);
  EXPECT_EQ(borrowed_of(std::map<int, std::string>{{1, kLarge}, {2, kLarge}}), 2U);
  EXPECT_EQ(borrowed_of(std::tuple(1, kLarge, std::optional(kLarge))), 2U);
  EXPECT_EQ(borrowed_of(std::variant<int, std::string>(kLarge)), 1U);
  EXPECT_EQ(borrowed_of(std::make_unique<std::string>(kLarge)), 1U);
  EXPECT_EQ(borrowed_of(std::vector<bool>(10'000'000)), 0U);
}

TEST(Borrowing, IsNotOfWhatACodecMakes) {
  EXPECT_EQ(borrowed_of(app::Drawing()), 0U);
  EXPECT_EQ(borrowed_of(std::vector<app::Drawing>(2)), 0U);
  EXPECT_EQ(borrowed_of(std::pair(app::Drawing(), kLarger)), 1U) << "but of what comes behind";
}

TEST(Borrowing, IsNotOfElementsThatAnIteratorMakes) {
  EXPECT_EQ(borrowed_of(app::Texts()), 0U);
  EXPECT_EQ(borrowed_of(std::pair(app::Texts(), kLarger)), 1U) << "but of what comes behind";
  EXPECT_EQ(borrowed_of(app::Notes()), 0U);
}

TEST(Borrowing, IsNotOfFieldsThatGetMakes) {
  EXPECT_EQ(borrowed_of(app::Report{.title = "a", .text = kLarge}), 0U);
  EXPECT_EQ(borrowed_of(std::pair(app::Report{}, kLarger)), 1U) << "but of what comes behind";
}

}  // namespace
}  // namespace pactor::wire
