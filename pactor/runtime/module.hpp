// Code that the zygote may not have: shared libraries that the program has opened since its runtime started.
//
//     const Code code = modules_at_start.describe(address);   // in the creator
//     address = code_address(code);                           // in the actor; opens the library if need be
//
// Such a library is named by its path and recognised by its build id, which a linker makes from the
// content: an actor must not run another version of the code than its creator speaks of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pactor::runtime {

// A place in the program's code, the same in every process of its family.
struct Code {
  std::uint64_t address =
      0;                  // in the library, if there is a path; in the program's image otherwise
  std::string path = {};  // of a library that was opened later
  std::vector<std::byte> build_id = {};  // of that
};

// The program and its libraries, as they are loaded at one moment.
class Modules {
 public:
  [[nodiscard]] static Modules loaded();

  // Of an address of this process, now. Throws Error if another process could not find the place: the
  // library has no build id or no file. Any thread.
  [[nodiscard]] Code describe(std::uint64_t address) const;

 private:
  struct Module {
    std::uint64_t base = 0;
    std::string name;
    friend bool operator==(const Module&, const Module&) = default;
  };
  std::vector<Module> modules_;
  unsigned long long opened_ = 0;  // ever, and closed again, as the loader counts them
  unsigned long long closed_ = 0;
};

// Opens the library, and leaves it open, if there is a path. Throws Error if it cannot be opened or is
// not the creator's.
[[nodiscard]] std::uint64_t code_address(const Code& code);

}  // namespace pactor::runtime
