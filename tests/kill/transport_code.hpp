// The instructions of the transport in this program, as the disassembler tells them: those of all functions
// of namespace pactor::mail, wherever the compiler has put them.
#pragma once

#include "tests/run_program.hpp"

#include <cstdint>
#include <set>
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
  bool of_a_failed_check = false;  // runs only if pactor is wrong: see mark_failed_checks()
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

// Of namespace pactor::mail, and not of what the tests have there (mail_pair.hpp).
inline bool is_of_the_transport(const std::string& name) {
  const std::string space = "pactor::mail::";
  if (!name.starts_with(space)) return false;
  const std::string rest = name.substr(space.size());
  for (const char* own :
       {"ChannelMemory", "TestDepot", "Line", "MailPair", "bytes", "same", "next"}) {
    const std::string of_tests = own;
    if (rest == of_tests || rest.starts_with(of_tests + "::")) return false;
  }
  return true;
}

// Where the instruction goes on if it jumps, and 0 if it does not: "jne    1f2c <pactor::mail::…>".
inline std::uintptr_t jump_target(const std::string& text) {
  if (!text.starts_with('j')) return 0;
  const std::size_t operand = text.find_first_not_of(' ', text.find(' '));
  if (operand == std::string::npos || text[operand] == '*') return 0;
  return std::stoull(text.substr(operand), nullptr, 16);
}

// Checks of what no input decides, the standard library's and pactor's own (PACTOR_CHECK, which aborts): an
// assertion, a size that no vector has, a mutex that cannot be locked. What leads there and nowhere else is never
// executed.
inline bool fails_a_check(const std::string& text) {
  if (!text.starts_with("call")) return false;
  for (const char* end :
       {"<std::__glibcxx_assert_fail", "<std::__throw_length_error", "<std::__throw_out_of_range",
        "<std::__throw_system_error", "<std::terminate", "<abort"}) {
    if (text.find(end) != std::string::npos) return true;
  }
  return false;
}

// In order of address. `offsets`: of the instructions, as the disassembler has them.
inline void mark_failed_checks(std::vector<Instruction>& code,
                               const std::vector<std::uintptr_t>& offsets) {
  std::set<std::uintptr_t> targets;
  for (const Instruction& instruction : code) targets.insert(jump_target(instruction.text));
  const auto goes_on = [&](std::size_t i) {
    const std::string& text = code[i].text;
    return !text.starts_with('j') && !text.starts_with("ret") && !fails_a_check(text);
  };
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (!fails_a_check(code[i].text)) continue;
    std::size_t first = i;
    while (first != 0 && !targets.contains(offsets[first]) && goes_on(first - 1) &&
           code[first - 1].function == code[i].function) {
      --first;
    }
    for (std::size_t j = first; j <= i; ++j) code[j].of_a_failed_check = true;
  }
}

inline std::vector<Instruction> read_transport_code() {
  const std::string program = "/proc/" + std::to_string(::getpid()) + "/exe";
  std::istringstream listing(pactor::testing::run_program({"objdump", "--disassemble", "--demangle",
                                                           "--no-show-raw-insn", program})
                                 .output);
  std::vector<Instruction> code;
  std::vector<std::uintptr_t> offsets;
  std::string function;  // empty: of others
  for (std::string line; std::getline(listing, line);) {
    // "0000000000012340 <pactor::mail::Outlet::close()>:" and "   12340:\tpush   %rbp"
    if (line.ends_with(">:")) {
      const std::size_t name = line.find('<') + 1;
      function = line.substr(name, line.size() - name - 2);
      if (!is_of_the_transport(bare_name(function))) function.clear();
    } else if (const std::size_t colon = line.find(":\t");
               colon != std::string::npos && !function.empty()) {
      const std::string text = line.substr(colon + 2);
      if (is_padding(text)) continue;
      const std::uintptr_t offset = std::stoull(line.substr(0, colon), nullptr, 16);
      code.push_back({reinterpret_cast<std::uintptr_t>(&__ehdr_start) + offset, text, function});
      offsets.push_back(offset);
    }
  }
  mark_failed_checks(code, offsets);
  return code;
}

}  // namespace killing
