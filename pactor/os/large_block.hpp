// Fresh memory that is about to be filled from one end to the other.
//
//     block.reserve(bytes);
//     os::will_be_filled(block.data(), bytes);
#pragma once

#include <cstddef>

namespace pactor::os {

// Asks the kernel for large pages there, if it lets one ask: it hands out 64 MiB in 32 steps and not in 16,384, each of
// which costs a fault. The block may belong to an allocator: what of it shares a page with others is left alone.
void ask_for_large_pages(const void* block, std::size_t bytes) noexcept;

// The same, if it is some large pages at least. Inline, for each container that is decoded comes by here.
inline void will_be_filled(const void* block, std::size_t bytes) noexcept {
  constexpr std::size_t kWorthIt = std::size_t{4} << 20;
  if (bytes >= kWorthIt) [[unlikely]]
    ask_for_large_pages(block, bytes);
}

}  // namespace pactor::os
