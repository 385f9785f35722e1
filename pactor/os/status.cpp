#include <pactor/os/status.hpp>

#include <pactor/os/fd.hpp>

#include <array>
#include <cstdlib>

namespace pactor::os {

std::string read_small_file(const char* path) {
  const Fd file{::open(path, O_RDONLY | O_CLOEXEC)};
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t n = 0; file && (n = ::read(file.get(), part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(n));
  }
  return text;
}

const char* Status::value(std::string_view key) const {
  // A name of a process cannot pass for a line: the kernel escapes newlines in it.
  const std::string line = "\n" + std::string(key) + ":";
  const std::size_t at = text_.find(line);
  return at == std::string::npos ? nullptr : text_.c_str() + at + line.size();
}

std::uint64_t Status::number(std::string_view key, int base, std::uint64_t otherwise) const {
  const char* text = value(key);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, base);
}

std::vector<std::uint32_t> Status::numbers(std::string_view key) const {
  std::vector<std::uint32_t> found;
  for (const char* text = value(key); text != nullptr;) {
    while (*text == ' ' || *text == '\t') ++text;
    if (*text < '0' || *text > '9') break;
    char* end = nullptr;
    found.push_back(static_cast<std::uint32_t>(std::strtoul(text, &end, 10)));
    text = end;
  }
  return found;
}

}  // namespace pactor::os
