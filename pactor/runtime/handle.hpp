// What an Actor<T> is without its T: the ownership of an actor.
#pragma once

#include <pactor/exit.hpp>
#include <pactor/options.hpp>
#include <pactor/runtime/body.hpp>
#include <pactor/runtime/remote.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <typeinfo>

namespace pactor::runtime {

class Handle {
 public:
  // See spawn().
  Handle(ActorEntry entry, const std::type_info& type, const Options& options,
         const wire::Encoder& arguments);
  Handle(Handle&& other) noexcept = default;
  Handle& operator=(Handle&& other) noexcept;
  ~Handle() { close_and_join(); }

  [[nodiscard]] const std::shared_ptr<Remote>& remote() const noexcept { return remote_; }
  // Its process; while it is begun anew, the one that crashed. 0: moved from.
  [[nodiscard]] pid_t pid() const noexcept;

  void close();
  void kill();
  std::optional<Exit> join(std::optional<std::chrono::nanoseconds> timeout);

 private:
  void close_and_join() noexcept;
  [[nodiscard]] Remote& actor() const;  // throws Error if moved from

  std::shared_ptr<Remote> remote_;  // null: moved from
  pid_t pid_ = 0;                   // of its first process
  std::chrono::milliseconds close_deadline_{};
  std::unique_ptr<std::atomic<bool>> joined_;  // somebody has read how it ended
};

}  // namespace pactor::runtime
