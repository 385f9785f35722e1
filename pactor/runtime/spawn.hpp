// Creating an actor: the creator's side.
//
//     Spawned born = spawn(&actor_entry<Monitor, std::string>, "Monitor", options, arguments);
#pragma once

#include <pactor/options.hpp>
#include <pactor/runtime/actor_process.hpp>
#include <pactor/runtime/remote.hpp>

#include <memory>
#include <string>

namespace pactor::runtime {

struct Spawned {
  std::shared_ptr<Remote> remote;
  pid_t pid = 0;
};

// Returns when the constructor has. Throws what the constructor threw; SpawnError if it crashed,
// exited or took too long, or if there are not the means for a process.
[[nodiscard]] Spawned spawn(ActorEntry entry, const std::string& class_name, const Options& options,
                            const wire::Encoder& arguments);

}  // namespace pactor::runtime
