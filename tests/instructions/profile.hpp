// What callgrind has counted, of one program, without the libraries that it calls.
//
//     Profile profile = read_profile("callgrind.out.1", "instructions_subject");
//     profile.instructions();
//
// Without them, because the C library has several of memcpy and its like, and takes one that suits the CPU; and
// another release of it would have other counts throughout. How often they are called depends on neither.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pactor::testing {

struct Profile {
  std::map<std::string, std::uint64_t>
      functions;  // of the program: instructions, without those of what they call
  std::uint64_t library_calls = 0;

  [[nodiscard]] std::uint64_t instructions() const {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : functions) sum += count;
    return sum;
  }
  // The costliest first.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> by_cost() const {
    std::vector<std::pair<std::string, std::uint64_t>> sorted(functions.begin(), functions.end());
    std::ranges::stable_sort(sorted, std::ranges::greater{},
                             [](const auto& f) { return f.second; });
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

// The format is in Valgrind's manual. Lines "ob=" and "fn=" say which object and function the costs that follow belong
// to, "cob=" and "cfn=" which ones are called; the line behind a "calls=" has the costs of these calls.
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
      // "LINE COST"
      const std::size_t cost = line.find(' ');
      if (!std::exchange(behind_calls, false) && ours && cost != std::string::npos)
        profile.functions[function] += std::stoull(line.substr(cost + 1));
    }
  }
  return profile;
}

}  // namespace pactor::testing
