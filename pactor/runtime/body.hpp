// The object that lives in an actor's process, and what the untyped runtime has to know of it.
#pragma once

#include <pactor/runtime/method.hpp>

#include <cstddef>

namespace pactor::runtime {

struct Body {
  std::byte* address = nullptr;
  std::size_t bytes = 0;
  const ClassEntry* type = nullptr;
  // Decodes the arguments and builds the object at `address`; throws what its constructor throws.
  void (*construct)(std::byte* address, wire::Decoder& arguments) = nullptr;
  void (*destroy)(std::byte* address) = nullptr;
};

// The function that an actor's process is told to begin with: it gives the Body.
using ActorEntry = const Body& (*)();

}  // namespace pactor::runtime
