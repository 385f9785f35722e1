// Reads the bytes of one message, front to back.
//
//     pactor::wire::Decoder decoder(record);
//     auto target = pactor::wire::decode<std::string>(decoder);
//     auto status = pactor::wire::decode<int>(decoder);
//     if (!decoder.done()) { /* sent by somebody who has another idea of this method */ }
//
// The bytes may lie in memory that ANOTHER PROCESS IS REWRITING at this moment. Hence the rule of
// this folder: a byte is read once, into a variable of our own; that variable is checked, and only
// that variable is used. Whatever the bytes are, decoding ends in a value or in BadMessage.
//
// File descriptors that came with the message are taken out by the numbers in it, each once.
//
// A decoder belongs to one thread and must not outlive the memory that it reads.
#pragma once

#include <pactor/error.hpp>
#include <pactor/os/fd.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace pactor::wire {

class Decoder {
 public:
  // `descriptors`: those that came with it. What nobody takes out stays there.
  explicit Decoder(std::span<const std::byte> message, std::span<os::Fd> descriptors = {})
      : next_(message.data()), end_(message.data() + message.size()), descriptors_(descriptors) {}
  Decoder(const Decoder&) = delete;  // two readers of one message are a mistake
  Decoder& operator=(const Decoder&) = delete;

  // The next `count` bytes, which are thereby consumed. Read each of them at most once.
  const std::byte* take(std::size_t count) {
    if (count > remaining()) [[unlikely]] {
      refuse_shortness(count, remaining());
    }
    const std::byte* taken = next_;
    next_ += count;
    return taken;
  }

  // Copies the next `count` bytes to `to`, which may be null if `count` is 0.
  void copy(void* to, std::size_t count) {
    const std::byte* from = take(count);
    if (count != 0) {  // memcpy forbids null even for nothing; folds away where count is a constant
      std::memcpy(to, from, count);
    }
    // SUBTLE: memcpy of a constant size becomes a plain load. Without a fence the compiler might
    // load a second time instead of keeping the value, and find another one than that which was
    // checked. The fence is for the compiler alone: it costs no instruction.
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  // The next sizeof(T) bytes as a T, for types of which every pattern of bytes is a value.
  template <class T>
    requires std::is_trivially_copyable_v<T>
  T value() {
    if constexpr (std::is_trivially_default_constructible_v<T>) {
      T result;
      copy(&result, sizeof result);
      return result;
    } else {
      std::array<std::byte, sizeof(T)> copied;
      copy(copied.data(), sizeof copied);
      return std::bit_cast<T>(copied);
    }
  }

  // A number of elements as Encoder::length() wrote it. Compare it with what remains() before
  // allocating for so many.
  std::size_t length() { return value<std::uint32_t>(); }

  // The descriptor that Encoder::attach() gave this number. Throws BadMessage if there is none (any more).
  os::Fd take_descriptor(std::uint32_t number) {
    if (number >= descriptors_.size() || !descriptors_[number]) refuse_descriptor();
    return std::move(descriptors_[number]);
  }

  [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - next_); }
  [[nodiscard]] bool done() const { return next_ == end_; }

  // Notes that the whole message made sense. What is thrown before, the bytes are to blame for;
  // what is thrown after, is what was done with them.
  void accept() { accepted_ = true; }
  [[nodiscard]] bool accepted() const { return accepted_; }

 private:
  friend class Nesting;

  [[noreturn]] static void refuse_shortness(std::size_t wanted, std::size_t left);

  [[noreturn]] static void refuse_descriptor();

  const std::byte* next_;
  const std::byte* end_;
  std::span<os::Fd> descriptors_;
  std::uint32_t depth_ = 0;  // see nesting.hpp
  bool accepted_ = false;
};

// What a family throws if the bytes make sense, and this process lacks the means to have what they stand for.
class Unreadable : public Error {
 public:
  using Error::Error;
};

// What a family says about bytes that are no value of its type: "a bool that is neither 0 nor 1".
[[noreturn]] void refuse_value(const char* what);

// ---------------------------------------------------------------------------------------------

[[gnu::noinline, gnu::cold]] inline void Decoder::refuse_shortness(std::size_t wanted,
                                                                   std::size_t left) {
  throw BadMessage("the message ends too early: " + std::to_string(wanted) +
                   " more bytes expected, " + std::to_string(left) +
                   " left; build sender and receiver from the same declarations");
}

[[gnu::noinline, gnu::cold]] inline void Decoder::refuse_descriptor() {
  refuse_value("a file descriptor that has not come with it, or twice the same");
}

[[gnu::noinline, gnu::cold]] inline void refuse_value(const char* what) {
  throw BadMessage(std::string("the message holds ") + what +
                   "; build sender and receiver from the same declarations");
}

}  // namespace pactor::wire

namespace pactor {
using wire::Decoder;  // what a codec<T> reads from
}  // namespace pactor
