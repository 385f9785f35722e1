// The instructions of the transport in this program, as the disassembler tells them: those of all functions
// of namespace pactor::mail, wherever the compiler has put them.
#pragma once

#include "tests/run_program.hpp"

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

// The linker's name for where this program has been loaded.
extern "C" const char __ehdr_start;  // NOLINT

namespace killing {

struct Instruction {
  std::uintptr_t address = 0;
  std::string text;  // "mov    %rax,0x8(%rbx)"
  std::string function;
};

// Padding, which never runs or does nothing.
inline bool is_padding(const std::string& text) {
  return text.find("nop") != std::string::npos || text.starts_with("xchg   %ax,%ax") ||
         text.starts_with("int3");
}

// The name of a function without what it returns and takes: "pactor::mail::Outlet::close".
inline std::string bare_name(std::string declaration) {
  const std::string unnamed = "(anonymous namespace)";
  while (declaration.find(unnamed) != std::string::npos)
    declaration.replace(declaration.find(unnamed), unnamed.size(), "{unnamed}");
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < declaration.size(); ++i) {
    const char c = declaration[i];
    if (c == '<') ++depth;
    if (c == '>') --depth;
    if (depth == 0 && c == ' ') begin = i + 1;
    if (depth == 0 && c == '(') return declaration.substr(begin, i - begin);
  }
  return declaration.substr(begin);
}

inline std::vector<Instruction> read_transport_code() {
  const std::string program = "/proc/" + std::to_string(::getpid()) + "/exe";
  std::istringstream listing(pactor::testing::run_program({"objdump", "--disassemble", "--demangle",
                                                           "--no-show-raw-insn", program})
                                 .output);
  std::vector<Instruction> code;
  std::string function;  // empty: of others
  for (std::string line; std::getline(listing, line);) {
    // "0000000000012340 <pactor::mail::Outlet::close()>:" and "   12340:\tpush   %rbp"
    if (line.ends_with(">:")) {
      const std::size_t name = line.find('<') + 1;
      function = line.substr(name, line.size() - name - 2);
      if (!bare_name(function).starts_with("pactor::mail::")) function.clear();
    } else if (const std::size_t colon = line.find(":\t");
               colon != std::string::npos && !function.empty()) {
      const std::string text = line.substr(colon + 2);
      if (is_padding(text)) continue;
      const std::uintptr_t offset = std::stoull(line.substr(0, colon), nullptr, 16);
      code.push_back({reinterpret_cast<std::uintptr_t>(&__ehdr_start) + offset, text, function});
    }
  }
  return code;
}

}  // namespace killing
