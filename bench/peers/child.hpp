// A process that does as its parent orders and reports what came of it.
//
//     const Child child(cpu(1), [](const Orders& orders) {
//       for (;;) orders.report(2 * orders.next());
//     });
//     child.order(21);
//     assert(child.report() == 42);
//
// Orders and reports go over a socket pair that has nothing to do with what is measured. The body never returns in
// good order: the destructor kills the process. If it throws, the text goes to stderr, and report() throws.
#pragma once

#include "guard.hpp"

#include "../measure.hpp"

#include <sys/types.h>
#include <unistd.h>
#include <cstdint>
#include <functional>
#include <optional>

namespace bench::peers {

class Orders {
 public:
  explicit Orders(int descriptor) : descriptor_(descriptor) {}
  [[nodiscard]] std::uint64_t next() const;
  [[nodiscard]] bool wait_a_millisecond() const;  // whether there is one now
  void report(std::uint64_t result = 0) const;

 private:
  int descriptor_;
};

class Child {
 public:
  // `cpu`: where all its threads run; nothing: anywhere.
  Child(std::optional<int> cpu, const std::function<void(const Orders&)>& body);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void order(std::uint64_t value = 0) const;
  [[nodiscard]] std::uint64_t report() const;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] double cpu_ns() const { return bench::cpu_ns(pid_); }
  // Returns when all its threads sleep.
  void settle() const;

 private:
  pid_t pid_ = 0;
  int descriptor_ = -1;
};

}  // namespace bench::peers
