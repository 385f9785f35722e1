// The state in which the runtime started: that of the zygote, so that of every clone of it.
//
// Read before the keeper is made, so the program, the zygote and every actor have a copy. An actor
// takes over what its creator has otherwise; what is the same costs nothing.
#pragma once

#include <pactor/os/credentials.hpp>
#include <pactor/os/resources.hpp>
#include <pactor/runtime/module.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace pactor::runtime {

// A directory, by what the kernel tells two of them apart.
using DirectoryId = std::pair<std::uint64_t, std::uint64_t>;
[[nodiscard]] std::optional<DirectoryId> directory_id(const std::string& path);

struct Origin {
  std::optional<os::Credentials> credentials = {};  // nothing: /proc does not tell them
  os::Resources resources = {};
  std::optional<DirectoryId> root = {};
  Modules modules = {};
};

// Of the calling process, and thread.
[[nodiscard]] Origin read_origin();

}  // namespace pactor::runtime
