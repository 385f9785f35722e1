// What callgrind has counted, of one program, without the libraries that it calls.
//
//     Profile profile = read_profile("callgrind.out.1", "instructions_subject");
//     profile.whole().instructions;
//
// Without them, because the C library has several of memcpy and its like, and takes one that suits the CPU; and
// another release of it would have other counts throughout. How often they are called depends on neither.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace pactor::testing {

struct Profile {
  struct Cost {
    std::uint64_t instructions = 0;
    std::uint64_t atomics =
        0;  // those of them that lock: an exchange, a sequentially consistent store
  };

  std::map<std::string, Cost> functions;  // of the program, each without what it calls
  std::uint64_t library_calls = 0;

  [[nodiscard]] Cost whole() const {
    Cost sum;
    for (const auto& [name, cost] : functions) {
      sum.instructions += cost.instructions;
      sum.atomics += cost.atomics;
    }
    return sum;
  }
  // The costliest first.
  [[nodiscard]] std::vector<std::pair<std::string, Cost>> by_instructions() const {
    std::vector<std::pair<std::string, Cost>> sorted(functions.begin(), functions.end());
    std::ranges::sort(sorted, std::ranges::greater{},
                      [](const auto& function) { return function.second.instructions; });
    return sorted;
  }
};

// A name is written out where it comes first, "(12) name"; later it is "(12)".
class ProfileNames {
 public:
  std::string of(const std::string& text) {
    const std::size_t end = text.find(')');
    if (!text.starts_with('(') || end == std::string::npos) return text;
    std::string& name = names_[text.substr(0, end)];
    if (end + 2 < text.size()) name = text.substr(end + 2);
    return name;
  }

 private:
  std::map<std::string, std::string> names_;
};

// With the events "Ir Ge". The format is in Valgrind's manual: lines "ob=" and "fn=" say which object and function the
// costs that follow belong to, "cob=" and "cfn=" which ones are called; the line behind a "calls=" has what these
// calls cost.
inline Profile read_profile(const std::filesystem::path& file, const std::string& program) {
  const auto is_program = [&](const std::string& object) {
    return std::filesystem::path(object).filename() == program;
  };
  Profile profile;
  ProfileNames objects, functions;
  std::string function;
  bool ours = false, calls_ours = false, behind_calls = false;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    const std::string key = line.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : line.substr(equals + 1);
    if (key == "ob") {
      ours = calls_ours = is_program(objects.of(value));
    } else if (key == "fn") {
      function = functions.of(value);
    } else if (key == "cob") {
      calls_ours = is_program(objects.of(value));
    } else if (key == "cfn") {
      functions.of(value);
    } else if (key == "calls") {
      if (ours && !calls_ours) profile.library_calls += std::stoull(value);
      calls_ours = ours;  // a call names its object if that is another one
      behind_calls = true;
    } else if (!line.empty() && std::string("+-*0123456789").find(line[0]) != std::string::npos) {
      if (std::exchange(behind_calls, false) || !ours) continue;
      // "LINE INSTRUCTIONS ATOMICS"; zeros at the end are left out.
      std::istringstream words(line);
      std::string number;
      Profile::Cost cost;
      words >> number >> cost.instructions >> cost.atomics;
      profile.functions[function].instructions += cost.instructions;
      profile.functions[function].atomics += cost.atomics;
    }
  }
  return profile;
}

}  // namespace pactor::testing
