// What the keeper does for blobs (blob_memory.hpp): it frees what a process has made and left behind.
//
//     blobs.keep(id, number, memory);    // made by a process of this member, and lent more than once
//     blobs.process_ended(id);
//
// Readers keep such memory mapped between two times that they read it. So when its maker dies, somebody has to say that
// there will be no other time, and no reader can be asked to watch.
#pragma once

#include <pactor/os/fd.hpp>
#include <pactor/runtime/actor_id.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace pactor::runtime {

class Blobs {
 public:
  // Keeps no descriptor with this number or a higher one, as Parcels does.
  explicit Blobs(int end_of_numbers) : end_of_numbers_(end_of_numbers) {}

  void keep(ActorId maker, std::uint64_t number, os::Fd memory);
  // It has been given up by its maker, which sees to its pages.
  void drop(ActorId maker, std::uint64_t number);
  // A member's process, whether or not it has a successor: what it made has no maker any more; and what it read may
  // have no reader.
  void process_ended(ActorId member);

  [[nodiscard]] std::size_t size() const noexcept { return made_.size() + left_.size(); }

 private:
  // True if nobody reads it, and its pages have been freed.
  [[nodiscard]] static bool freed(const os::Fd& memory);

  const int end_of_numbers_;
  std::map<std::pair<ActorId, std::uint64_t>, os::Fd> made_;
  std::vector<os::Fd> left_;  // and still read
};

}  // namespace pactor::runtime
