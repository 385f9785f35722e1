#include "pool.hpp"

using killing::pool;

// The linker's names, see --wrap.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" int __real_memfd_create(const char* name, unsigned flags);
extern "C" int __wrap_memfd_create(const char* name, unsigned flags) {
  if (pool != nullptr && pool->in_use && pool->next < pool->memories.size())
    return ::fcntl(pool->memories.at(pool->next++), F_DUPFD_CLOEXEC, 0);
  return __real_memfd_create(name, flags);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
