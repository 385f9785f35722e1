// The results for a person, as a table, and for programs, as JSON.
//
//     print(std::cout, results);
//     write_json("build/bench.json", results, table.floors(), rounds);
#pragma once

#include "rows.hpp"

#include <filesystem>
#include <iosfwd>

namespace bench {

void print(std::ostream& out, const std::vector<Result>& results);

// Makes the directory if it is missing. Throws std::runtime_error if the file cannot be written.
void write_json(const std::filesystem::path& file, const std::vector<Result>& results,
                const std::map<std::string, Spread, std::less<>>& floors, int rounds);

}  // namespace bench
