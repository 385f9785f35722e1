#include <pactor/runtime/keeper_blobs.hpp>

#include <pactor/os/memory.hpp>
#include <pactor/os/uses.hpp>

#include <limits>
#include <utility>

namespace pactor::runtime {

void Blobs::keep(ActorId maker, std::uint64_t number, os::Fd memory) {
  if (!memory || memory.get() >= end_of_numbers_) return;  // then its readers' mappings keep it
  made_.insert_or_assign({maker, number}, std::move(memory));
}

void Blobs::drop(ActorId maker, std::uint64_t number) { made_.erase({maker, number}); }

void Blobs::process_ended(ActorId member) {
  std::erase_if(left_, freed);
  const auto begin = made_.lower_bound({member, 0});
  const auto end = made_.upper_bound({member, std::numeric_limits<std::uint64_t>::max()});
  for (auto made = begin; made != end; ++made) {
    if (!freed(made->second)) left_.push_back(std::move(made->second));
  }
  made_.erase(begin, end);
}

bool Blobs::freed(const os::Fd& memory) {
  if (os::used_elsewhere(memory, os::Use::reading)) return false;
  os::free_pages(memory, os::identify(memory).bytes);
  return true;
}

}  // namespace pactor::runtime
