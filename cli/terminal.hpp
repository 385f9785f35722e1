// The terminal on standard input, set to give each key at once and to show none; put back whatever
// happens.
//
//     std::optional<Terminal> terminal;
//     if (Terminal::has_user()) terminal.emplace();
//     char key = 0;
//     ::read(STDIN_FILENO, &key, 1);
//
// One at a time; for a program with one thread. Its destructor puts the terminal back, and so do
// handlers for the signals that end a program, crashes among them, which then act as they would have.
// Only SIGKILL leaves it as it is. Ctrl-C and Ctrl-Z stay signals, and output is untouched, so that
// other processes may print.
#pragma once

namespace cli {

class Terminal {
 public:
  // Whether standard input is a terminal and this program is in its foreground.
  static bool has_user();

  Terminal();  // throws pactor::Error
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Puts it back for a while (again: harmless), and takes it again.
  void restore();
  void take_keys();
};

}  // namespace cli
