// What ends a run: the key q, a signal, the time, or that nobody reads the output any more.
//
//     EndOfRun end;                          // SIGINT, SIGTERM and SIGHUP are blocked and wait
//     ...                                    // start the actors
//     std::string why = end.wait(5s, &terminal);
//
// For a program with one thread. A signal that comes before wait() ends it as soon as it is called.
// Ctrl-Z is taken as well: the terminal is put back before the program stops. When wait() has returned,
// signals act as they did before: a second Ctrl-C does not wait for anybody.
#pragma once

#include <cli/terminal.hpp>
#include <pactor/os/fd.hpp>

#include <chrono>
#include <csignal>
#include <optional>
#include <string>

namespace cli {

class EndOfRun {
 public:
  EndOfRun();
  ~EndOfRun();
  EndOfRun(const EndOfRun&) = delete;
  EndOfRun& operator=(const EndOfRun&) = delete;

  // Returns what it was, in a few words. Time ends it only if `run_for` is given, counted from the
  // call; a key only if there is a terminal. Once.
  std::string wait(std::optional<std::chrono::milliseconds> run_for, Terminal* terminal);

 private:
  std::string first_cause(std::optional<std::chrono::milliseconds> run_for,
                          Terminal* terminal) const;

  sigset_t before_{};
  pactor::os::Fd signals_;
};

}  // namespace cli
