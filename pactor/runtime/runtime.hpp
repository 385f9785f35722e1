// What a process of the program's family knows of itself: the one runtime object.
//
//     Runtime& runtime = Runtime::here();      // throws Error if this process may not use actors
//     runtime.keeper().tell(Kill{id});
//
// There is one in the program, started before main or at first use (start.cpp), and one in each actor,
// set up before the user's code runs (birth.cpp). A forked child inherits neither. It may start one of
// its own if the program forked it; what belongs to its parent's stays unusable in it for ever.
#pragma once

#include <pactor/mail/lifeline.hpp>
#include <pactor/mail/stamp.hpp>
#include <pactor/os/memory.hpp>
#include <pactor/runtime/blob_memory.hpp>
#include <pactor/runtime/dead_letters.hpp>
#include <pactor/runtime/keeper_depot.hpp>
#include <pactor/runtime/keeper_link.hpp>
#include <pactor/runtime/origin.hpp>
#include <pactor/runtime/protocol.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace pactor::mail {
class Mailbox;
}

namespace pactor::runtime {

class Remote;
struct Body;
struct KeeperShare;

class Runtime {
 public:
  // The runtime of this process, started if need be. Throws what start() throws.
  [[nodiscard]] static Runtime& here();
  // The same without the question whether it may be used; never throws.
  [[nodiscard]] static Runtime& object() noexcept;
  // Whether it has been started, and by this process.
  [[nodiscard]] bool usable() const noexcept { return not_forked_ != nullptr && *not_forked_ == 1; }
  // Has object() be one that has not been started; that of a forked child's parent is left as it is.
  static void begin_anew();

  // In the program: the keeper has been started.
  void become_program(os::Fd&& control, pid_t keeper, const KeeperShare& share);
  // In an actor: `body` lives in this process, and this thread is its loop.
  void become_actor(ActorId id, os::Fd&& control, mail::Word64* last_stamp, const Body* body);
  // Of an actor's process; it lives as long as that.
  void set_mailbox(const mail::Mailbox* mailbox) noexcept { mailbox_ = mailbox; }
  // In the program, before the keeper is made, which hands it down to every actor.
  void note_origin(Origin origin) { origin_ = std::move(origin); }
  // In the zygote, likewise.
  void note_keeper(const KeeperShare& share) noexcept { keeper_share_ = &share; }

  [[nodiscard]] ActorId id() const noexcept { return id_; }
  [[nodiscard]] const Origin& origin() const noexcept { return origin_; }
  [[nodiscard]] const KeeperLink& keeper() const noexcept { return keeper_; }
  [[nodiscard]] mail::Depot& depot() noexcept { return depot_; }
  [[nodiscard]] mail::Stamper& stamper() noexcept { return stamper_; }
  [[nodiscard]] const mail::Lifeline& lifeline() const noexcept { return lifeline_; }
  [[nodiscard]] DeadLetters& dead_letters() noexcept { return dead_letters_; }
  [[nodiscard]] BlobShelf& blobs() noexcept { return blobs_; }
  // Why the program's keeper, which has ended, has given up; empty if it has not, but was killed.
  [[nodiscard]] std::string keeper_last_words() const;

  // The actor of this process; null in the program.
  [[nodiscard]] const Body* body() const noexcept { return body_; }
  [[nodiscard]] const mail::Mailbox* mailbox() const noexcept { return mailbox_; }
  [[nodiscard]] bool on_loop_thread() const noexcept {
    return body_ != nullptr && std::this_thread::get_id() == loop_thread_;
  }

  [[nodiscard]] std::shared_ptr<Remote> remote(ActorId id);
  void add_remote(const std::shared_ptr<Remote>& remote);
  // Its owner needs it no more. What it took (a channel, and the parcels of its answers) is given back at once if
  // it has ended, and nobody else holds it.
  void release(std::shared_ptr<Remote> remote) noexcept;
  // An actor that this process has created, and has to close when it ends itself.
  void add_created(const std::shared_ptr<Remote>& remote, std::chrono::milliseconds close_deadline);
  // Closes what this process created and has not closed, and waits for it.
  void close_created();
  // At the end of the program: nobody is left behind, the keeper is reaped.
  void shut_down() noexcept;

 private:
  struct Created {
    std::weak_ptr<Remote> actor;
    std::chrono::milliseconds close_deadline;
  };

  Runtime() = default;

  void forget_remotes();

  // Reads 0 in a forked child: the kernel wipes the page there.
  const unsigned char* not_forked_ = nullptr;
  ActorId id_ = kNobody;
  Origin origin_;
  KeeperLink keeper_;
  KeeperDepot depot_{keeper_};
  pid_t keeper_pid_ = 0;
  const KeeperShare* keeper_share_ = nullptr;
  mail::Lifeline lifeline_;
  mail::Word64 own_last_stamp_{0};  // of the program, which has no successor
  mail::Stamper stamper_{&own_last_stamp_};
  const Body* body_ = nullptr;
  const mail::Mailbox* mailbox_ = nullptr;
  std::thread::id loop_thread_;
  DeadLetters dead_letters_;
  BlobShelf blobs_;

  std::mutex mutex_;  // guards the following
  std::unordered_map<ActorId, std::shared_ptr<Remote>> remotes_;
  std::size_t forget_at_ = 64;
  std::map<ActorId, Created> created_;  // the oldest first
};

}  // namespace pactor::runtime
