// The bytes of one input, read as the steps of a script. Behind their end all is zero.
//
//     Input input(bytes);
//     while (!input.done()) step(input.below(kSteps), input);
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace pactor::fuzz {

class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : left_(bytes) {}

  [[nodiscard]] bool done() const { return left_.empty(); }
  [[nodiscard]] std::span<const std::byte> rest() const { return left_; }

  template <class T>
  T number() {
    T value{};
    const std::size_t count = left_.size() < sizeof value ? left_.size() : sizeof value;
    if (count != 0) std::memcpy(&value, left_.data(), count);
    left_ = left_.subspan(count);
    return value;
  }

  // Less than `bound`, which is not 0.
  std::size_t below(std::size_t bound) {
    return (bound <= 256 ? number<std::uint8_t>() : number<std::uint32_t>()) % bound;
  }

  // A word such as does harm: next to a limit, a power of two, or anything.
  std::uint64_t word() {
    const auto small = static_cast<std::int8_t>(number<std::uint8_t>());
    const auto near = static_cast<std::uint64_t>(std::int64_t{small});
    switch (below(6)) {
      case 0:
        return near;
      case 1:
        return (std::uint64_t{1} << below(64)) + near;
      case 2:
        return number<std::uint16_t>() * std::uint64_t{8};
      case 3:
        return number<std::uint32_t>();
      default:
        return number<std::uint64_t>();
    }
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace pactor::fuzz
