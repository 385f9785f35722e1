// Tells when a file that somebody else had opened is closed again, with no descriptor per file.
//
//     CloseWatch watch;                        // watch.descriptor() becomes readable
//     int number = watch.add(memory);          // one number per file, never used again
//     for (int closed : watch.take()) …
//     watch.remove(number);
//
// What counts is an open file of its own (see reopen()) that was opened for writing; it is closed with
// the last descriptor *and mapping* of it. So a process that maps it, and nothing else, is seen to give
// up its memory: to end, or to replace itself by another program. Nothing is told of descriptors that
// were handed over, and of their mappings, while the one who added the file keeps its own.
//
// By inotify, hence through /proc. Where the kernel refuses (a limit, no /proc), add() says so and
// nothing is told: whoever uses this must do without, at the price of looking for itself.
#pragma once

#include <pactor/os/fd.hpp>

#include <vector>

namespace pactor::os {

class CloseWatch {
 public:
  static constexpr int kNone = -1;

  CloseWatch();

  // Empty where the kernel has none left.
  [[nodiscard]] const Fd& descriptor() const noexcept { return events_; }

  // kNone: it cannot be watched. A watched file's memory lives on until remove().
  [[nodiscard]] int add(const Fd& file) const;
  void remove(int number) const;

  // What was closed since the last call, each as often as that happened. `lost`: there was more than
  // the kernel could remember.
  struct Closed {
    std::vector<int> numbers;
    bool lost = false;
  };
  [[nodiscard]] Closed take() const;

 private:
  Fd events_;
};

}  // namespace pactor::os
