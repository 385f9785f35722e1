// Memory that this process shares with those made after it, by means that are not pactor's.
#pragma once

#include <sys/mman.h>
#include <cstdlib>
#include <new>

namespace pactor::testing {

// Of its initial value, and there for as long as this process. Whoever's clones are to have it calls this
// before they are made; a keeper is made before main().
template <class T>
T& share() {
  void* memory =
      ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *::new (memory) T{};
}

}  // namespace pactor::testing
