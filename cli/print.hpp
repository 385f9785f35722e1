// One line on standard output, in one write: lines of several processes never mix.
//
//     cli::print_line("  " + exit.explain());
//
// Not buffered, so that nothing is printed twice or late. A failed write is not an error here: where
// nobody reads, SIGPIPE or EndOfRun ends the run.
#pragma once

#include <unistd.h>
#include <string>

namespace cli {

inline void print_line(std::string line) {
  line += '\n';
  [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, line.data(), line.size());
}

}  // namespace cli
