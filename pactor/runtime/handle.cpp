#include <pactor/runtime/handle.hpp>

#include <pactor/error.hpp>
#include <pactor/runtime/runtime.hpp>
#include <pactor/runtime/spawn.hpp>

#include <cstdio>

namespace pactor::runtime {

Handle::Handle(ActorEntry entry, const std::type_info& type, const Options& options,
               const wire::Encoder& arguments)
    : close_deadline_(options.close_deadline), joined_(std::make_unique<std::atomic<bool>>(false)) {
  Spawned spawned = spawn(entry, class_name(type), options, arguments);
  remote_ = std::move(spawned.remote);
  pid_ = spawned.pid;
}

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    close_and_join();
    remote_ = std::move(other.remote_);
    pid_ = other.pid_;
    close_deadline_ = other.close_deadline_;
    joined_ = std::move(other.joined_);
  }
  return *this;
}

Remote& Handle::actor() const {
  if (remote_ == nullptr) {
    throw Error("pactor: this Actor was moved from; use the one that it was moved to");
  }
  return *remote_;
}

pid_t Handle::pid() const noexcept {
  if (remote_ == nullptr) return 0;
  // In a forked child the memory that tells is not there.
  return Runtime::object().usable() ? remote_->process() : pid_;
}

void Handle::close() { actor().close(close_deadline_); }

void Handle::kill() { actor().kill(); }

std::optional<Exit> Handle::join(std::optional<std::chrono::nanoseconds> timeout) {
  Remote& joined = actor();
  if (joined.usable() && joined.id() == Runtime::object().id()) {
    throw Error("pactor: actor '" + joined.name() +
                "' cannot join itself, for it would wait for its own end; join it in its creator");
  }
  if (!joined.wait_ended(timeout ? os::deadline_in(*timeout) : os::kNever)) return std::nullopt;
  *joined_ = true;
  return joined.exit();
}

void Handle::close_and_join() noexcept {
  if (remote_ == nullptr || !remote_->usable()) return;
  try {
    close();
    const bool unread = !*joined_;
    const std::optional<Exit> exit = join(std::nullopt);
    if (unread && exit.has_value() && !exit->expected()) {
      std::fprintf(stderr, "pactor: %s\n", exit->explain().c_str());
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  Runtime::object().release(std::move(remote_));
}

}  // namespace pactor::runtime
