#include <pactor/os/large_block.hpp>

#include <sys/mman.h>
#include <cstdint>

namespace pactor::os {

void ask_for_large_pages(const void* block, std::size_t bytes) noexcept {
  constexpr std::uintptr_t kPage = 4096;
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t begin = (address + kPage - 1) / kPage * kPage;
  const std::uintptr_t end = (address + bytes) / kPage * kPage;
  // Or they are small.
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);  // NOLINT
}

}  // namespace pactor::os
