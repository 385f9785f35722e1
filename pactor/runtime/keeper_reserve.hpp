// Memory that the keeper sets aside while there is some, so that it can finish what it has begun when the
// machine refuses it more: an end has to be told, though telling it asks for memory.
//
//     KeeperReserve reserve;      // operator new takes from it from now on, rather than fail
//     if (!reserve.whole()) …     // no new actors now
//     reserve.refill();           // between two events
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace pactor::runtime {

// There is one in a process.
class KeeperReserve {
 public:
  KeeperReserve() {
    refill();
    std::set_new_handler(&KeeperReserve::spend);
  }
  KeeperReserve(const KeeperReserve&) = delete;
  KeeperReserve& operator=(const KeeperReserve&) = delete;

  [[nodiscard]] bool whole() const noexcept { return memory != nullptr; }

  void refill() noexcept {
    if (memory == nullptr) memory = std::malloc(kBytes);
  }

 private:
  // Far more than any one event needs.
  static constexpr std::size_t kBytes = std::size_t{256} << 10;

  // Called by operator new when it finds nothing; it tries again afterwards.
  static void spend() {
    if (memory == nullptr) throw std::bad_alloc();
    std::free(memory);
    memory = nullptr;
  }

  static inline void* memory = nullptr;  // NOLINT: for the handler, which gets no arguments
};

}  // namespace pactor::runtime
