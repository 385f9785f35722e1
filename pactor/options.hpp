// What can be said of an actor when it is created; all of it may be left out.
//
//     pactor::Actor<Monitor> disk{pactor::Options{.name = "disk", .close_deadline = 2s}, "sda"};
#pragma once

#include <chrono>
#include <string>

namespace pactor {

struct Options {
  // Shown in error messages and as the name of the process (`ps`, `top`; the kernel keeps the first
  // 15 bytes there). Empty: the class's own name.
  std::string name = {};

  // How long the constructor may take before it is killed and SpawnError thrown.
  std::chrono::milliseconds start_deadline = std::chrono::seconds(30);

  // How long close() may take, counted from the call, before the actor is killed.
  std::chrono::milliseconds close_deadline = std::chrono::seconds(10);
};

}  // namespace pactor
