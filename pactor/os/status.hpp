// What the kernel tells of a process in /proc/…/status.
//
//     const Status status("/proc/self/status");
//     if (status.known()) threads = status.number("Threads", 10, 1);
//
// Every process may read it of every other, unless /proc is mounted with hidepid or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pactor::os {

// The whole of a file that the kernel makes up; empty if it cannot be read.
[[nodiscard]] std::string read_small_file(const char* path);

class Status {
 public:
  explicit Status(const std::string& path) : text_("\n" + read_small_file(path.c_str())) {}

  [[nodiscard]] bool known() const noexcept { return text_.size() > 1; }
  // The number in the line "<key>:\t<number>", read in `base`; `otherwise` where there is none.
  [[nodiscard]] std::uint64_t number(std::string_view key, int base, std::uint64_t otherwise) const;
  // All decimal numbers in that line.
  [[nodiscard]] std::vector<std::uint32_t> numbers(std::string_view key) const;

 private:
  [[nodiscard]] const char* value(std::string_view key) const;  // null: no such line

  std::string text_;
};

}  // namespace pactor::os
