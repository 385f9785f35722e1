// Counts how deep values lie within values, so that a message cannot exhaust the stack.
//
//     static T decode(Decoder& decoder) {
//       const Nesting level(decoder);   // throws BadMessage at a depth of kMaxNesting
//       ...decode the elements
//
// Only types that contain themselves are bounded by nothing else, and every such type does it
// through a container or a pointer: these two families count.
#pragma once

#include <pactor/wire/decoder.hpp>
#include <pactor/wire/encoder.hpp>

#include <cstdint>

namespace pactor::wire {

// Some 8 MiB of stack divided by what a level takes in a build with sanitizers, with room to spare.
inline constexpr std::uint32_t kMaxNesting = 1000;

class [[nodiscard]] Nesting {
 public:
  explicit Nesting(Encoder& encoder) : depth_(encoder.depth_) {
    if (depth_ == kMaxNesting) [[unlikely]] {
      refuse_value_to_send();
    }
    ++depth_;
  }
  explicit Nesting(Decoder& decoder) : depth_(decoder.depth_) {
    if (depth_ == kMaxNesting) [[unlikely]] {
      refuse_value("values nested more than 1000 deep");
    }
    ++depth_;
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  [[noreturn]] static void refuse_value_to_send();

  std::uint32_t& depth_;
};

static_assert(kMaxNesting == 1000, "the texts name the number");

// ---------------------------------------------------------------------------------------------

[[gnu::noinline, gnu::cold]] inline void Nesting::refuse_value_to_send() {
  throw Error(
      "a value to be sent is nested more than 1000 deep; send a long chain as a std::vector");
}

}  // namespace pactor::wire
