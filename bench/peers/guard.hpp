// Sees to it that a program which is measured leaves nothing, however it ends.
//
//     return guarded([&](const Scratch&) { …; return 0; });
//     Scratch::here().path("0.sock")
//
// The body runs in a process of its own, and whatever it forks dies with it. The guard, which does nothing
// else, removes its directory and its queues, be it that the body returned, crashed, or that the guard was told to
// end (SIGTERM, SIGINT). Only a kill of the guard itself leaves names behind.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace bench::peers {

class Scratch {
 public:
  // The one of this program. Exists only while guarded() runs.
  [[nodiscard]] static const Scratch& here();

  // A file in the program's own directory, short enough for the address of a socket.
  [[nodiscard]] std::filesystem::path path(const std::string& name) const {
    return directory_ / name;
  }
  // A name in /dev/shm that no other program has.
  [[nodiscard]] std::string shared_memory(const std::string& name) const {
    return directory_.filename().string() + "." + name;
  }

 private:
  friend int guarded(const std::function<int()>& body);
  Scratch();
  void remove() const;

  std::filesystem::path directory_;
};

// Returns what the body returns, or 1 if it ends in another way.
int guarded(const std::function<int()>& body);

// To be called first in a process just forked: it ends with its parent.
void end_with(int parent);

}  // namespace bench::peers
