// Fresh memory that is about to be filled from one end to the other.
//
//     block.reserve(bytes);
//     os::will_be_filled(block.data(), bytes);
#pragma once

#include <cstddef>

namespace pactor::os {

// Asks the kernel for large pages there, if it lets one ask: it hands out 64 MiB in 32 steps and not in 16,384, each of
// which costs a fault. Does nothing for less than some large pages. The block may belong to an allocator: what of it
// shares a page with others is left alone.
void will_be_filled(const void* block, std::size_t bytes) noexcept;

}  // namespace pactor::os
