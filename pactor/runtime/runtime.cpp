#include <pactor/runtime/runtime.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/process.hpp>
#include <pactor/runtime/keeper_share.hpp>
#include <pactor/runtime/remote.hpp>
#include <pactor/runtime/start.hpp>

#include <pthread.h>
#include <sys/mman.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

namespace pactor::runtime {

namespace {

// A byte that reads 1 here and 0 in a forked child.
const unsigned char* make_fork_mark() {
  void* page =
      ::mmap(nullptr, mail::kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) os::fail("cannot map a page");
  ::madvise(page, mail::kPageBytes, MADV_WIPEONFORK);
  auto* mark = static_cast<unsigned char*>(page);
  *mark = 1;
  return mark;
}

// A forked child must not hold the program's (or actor's) line open after its parent's end.
void close_line_in_forked_child() {
  const KeeperLink& line = Runtime::object().keeper();
  if (line.intact()) ::close(line.descriptor());
}

// Once: a forked child's own runtime comes on top of what it has inherited.
void prepare_for_forks() {
  static constinit bool prepared = false;
  if (!std::exchange(prepared, true)) {
    ::pthread_atfork(nullptr, nullptr, &close_line_in_forked_child);
  }
}

constinit std::atomic<Runtime*> current{nullptr};

}  // namespace

Runtime& Runtime::object() noexcept {
  if (Runtime* runtime = current.load(std::memory_order_acquire)) [[likely]]
    return *runtime;
  // Never destroyed: static destructors of the program may still use actors.
  alignas(Runtime) static std::byte room[sizeof(Runtime)];
  static Runtime* const first = ::new (room) Runtime();
  current.store(first, std::memory_order_release);
  return *first;
}

Runtime& Runtime::here() {
  if (!object().usable()) [[unlikely]]
    start();
  return object();
}

// The parent's is not touched: threads that there are not any more may have held its locks.
void Runtime::begin_anew() {
  Runtime& before = object();
  if (before.not_forked_ == nullptr) return;
  auto* own = new Runtime();  // NOLINT: as long as the process
  own->dead_letters_.take_handler(before.dead_letters_);
  current.store(own, std::memory_order_release);
}

void Runtime::become_program(os::Fd&& control, pid_t keeper, const KeeperShare& share) {
  const unsigned char* mark = make_fork_mark();
  lifeline_ = mail::Lifeline(&share.alive);
  keeper_ = KeeperLink(std::move(control), lifeline_);
  not_forked_ = mark;
  id_ = kProgram;
  keeper_pid_ = keeper;
  keeper_share_ = &share;
  prepare_for_forks();
}

void Runtime::become_actor(ActorId id, os::Fd&& control, mail::Word64* last_stamp,
                           const Body* body) {
  const unsigned char* mark = make_fork_mark();
  keeper_ = KeeperLink(std::move(control), mail::Lifeline(&keeper_share_->alive));
  not_forked_ = mark;
  id_ = id;
  stamper_.keep_in(last_stamp);
  body_ = body;
  loop_thread_ = std::this_thread::get_id();
  prepare_for_forks();
}

std::string Runtime::keeper_last_words() const {
  if (keeper_share_ == nullptr) return {};
  const auto& words = keeper_share_->last_words;
  return {words.data(), ::strnlen(words.data(), words.size())};
}

std::shared_ptr<Remote> Runtime::remote(ActorId id) {
  const std::lock_guard lock(mutex_);
  if (remotes_.size() >= forget_at_) forget_remotes();
  std::shared_ptr<Remote>& remote = remotes_[id];
  if (remote == nullptr) remote = std::make_shared<Remote>(id);
  return remote;
}

void Runtime::add_remote(const std::shared_ptr<Remote>& remote) {
  const std::lock_guard lock(mutex_);
  if (remotes_.size() >= forget_at_) forget_remotes();
  remotes_[remote->id()] = remote;
}

void Runtime::release(std::shared_ptr<Remote> remote) noexcept {
  const std::lock_guard lock(mutex_);
  const auto kept = remotes_.find(remote->id());
  const bool ours = kept != remotes_.end() && kept->second == remote;
  remote.reset();
  if (!ours || kept->second.use_count() != 1 || !kept->second->known_ended()) return;
  created_.erase(kept->first);
  remotes_.erase(kept);
}

// Of those that nobody holds: gives back the channels of actors that have ended, and forgets those that no
// message was sent to. Next time when there are twice as many as were left, so that the cost per Remote stays
// constant.
void Runtime::forget_remotes() {
  std::erase_if(remotes_, [](const auto& entry) {
    const auto& remote = entry.second;
    return remote.use_count() == 1 && (remote->known_ended() || remote->unused());
  });
  std::erase_if(created_, [](const auto& entry) { return entry.second.actor.expired(); });
  forget_at_ = std::max<std::size_t>(64, 2 * remotes_.size());
}

void Runtime::add_created(const std::shared_ptr<Remote>& remote,
                          std::chrono::milliseconds close_deadline) {
  const std::lock_guard lock(mutex_);
  created_.insert_or_assign(remote->id(),
                            Created{.actor = remote, .close_deadline = close_deadline});
}

void Runtime::close_created() {
  std::vector<std::pair<std::shared_ptr<Remote>, std::chrono::milliseconds>> left;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, created] : created_) {
      if (auto remote = created.actor.lock(); remote != nullptr && !remote->known_ended()) {
        left.emplace_back(std::move(remote), created.close_deadline);
      }
    }
    created_.clear();
  }
  for (const auto& [remote, close_deadline] : left) remote->close(close_deadline);
  for (const auto& [remote, deadline] : left) static_cast<void>(remote->wait_ended(os::kNever));
}

void Runtime::shut_down() noexcept {
  if (!usable() || keeper_pid_ == 0) return;
  try {
    if (keeper_.intact()) close_created();  // or the keeper has ended them
    dead_letters_.say_rest();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());  // the keeper ends those that are left
  }
  keeper_.close();
  static_cast<void>(os::reap(std::exchange(keeper_pid_, 0), /*block=*/true));
}

}  // namespace pactor::runtime
