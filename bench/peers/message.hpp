// Messages whose first word tells one from the other, so that a wrong answer or a lost message shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace bench::peers {

using Message = std::span<const std::byte>;

inline std::uint64_t first_word(Message message) {
  std::uint64_t word = 0;
  std::memcpy(&word, message.data(), sizeof word);
  return word;
}

// Reads every byte, as whoever takes a message of that size does.
inline std::uint64_t checksum(Message message) {
  std::uint64_t sum = 0;
  for (; message.size() >= sizeof sum; message = message.subspan(sizeof sum)) {
    sum += first_word(message);
  }
  return sum;
}

// A message that can be told from the one before it by its first word.
class Numbered {
 public:
  explicit Numbered(std::size_t bytes) : bytes_(bytes, std::byte{1}) {
    set(0);
    rest_ = checksum(bytes_);
  }
  void set(std::uint64_t number) { std::memcpy(bytes_.data(), &number, sizeof number); }
  [[nodiscard]] Message message() const { return bytes_; }
  [[nodiscard]] std::uint64_t checksum_with(std::uint64_t number) const { return rest_ + number; }

 private:
  std::vector<std::byte> bytes_;
  std::uint64_t rest_ = 0;
};

}  // namespace bench::peers
