// One actor as this process sees it: what every Proxy, Actor and Reply of it holds.
//
//     std::shared_ptr<Remote> counter = remote(id);
//     counter->tell(method, "add", arguments);
//     Pending pending = counter->ask(method, "total", arguments, kNoDeadline);
//
// The channel opens with the first message, through the keeper, and stays open while anybody holds
// the Remote or the actor lives. Any thread. In a forked child every call throws pactor::Error.
#pragma once

#include <pactor/dead_letter.hpp>
#include <pactor/exit.hpp>
#include <pactor/mail/ask.hpp>
#include <pactor/os/clock.hpp>
#include <pactor/os/fd.hpp>
#include <pactor/runtime/actor_id.hpp>
#include <pactor/wire/decoder.hpp>
#include <pactor/wire/encoder.hpp>

#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pactor {
struct MailboxOptions;
}
namespace pactor::mail {
class Outlet;
}

namespace pactor::runtime {

class Pending;
class Runtime;

inline constexpr std::chrono::nanoseconds kNoDeadline = std::chrono::nanoseconds::max();

class Remote : public std::enable_shared_from_this<Remote> {
 public:
  explicit Remote(ActorId id);
  // Of an actor that this process has just created: the channel came with the answer.
  Remote(ActorId id, std::string name, std::unique_ptr<mail::Outlet> outlet);
  ~Remote();

  [[nodiscard]] ActorId id() const noexcept { return id_; }
  // What a message carries of it. Throws Error if nobody it is sent to could use it.
  [[nodiscard]] ActorId id_to_send() const;
  // False for ever in a forked child, also when that has a runtime of its own.
  [[nodiscard]] bool usable() const noexcept;
  // Whether it takes messages, as far as this process knows.
  [[nodiscard]] bool alive();
  // Whether its process has ended, as far as can be told without asking anybody. In a forked child
  // nothing is known.
  [[nodiscard]] bool known_ended() const noexcept;
  // Whether it has neither a channel nor anything counted: a new one would be as good.
  [[nodiscard]] bool unused() const noexcept;
  // Its name, once a channel is open; before, its number.
  [[nodiscard]] std::string name();

  // Returns when the message is accepted, or is a dead letter: the actor has ended, or its full mailbox
  // drops the newest. Throws Overloaded, or Error if it holds too many descriptors or memory is short.
  void tell(std::uint64_t method, const char* method_name, const wire::Encoder& arguments);
  // Throws as tell() does. `deadline` counts from now: Overloaded if there is no room until then; after that,
  // for Pending::wait() without one of its own.
  [[nodiscard]] Pending ask(std::uint64_t method, const char* method_name,
                            const wire::Encoder& arguments, std::chrono::nanoseconds deadline);

  void close(std::chrono::milliseconds deadline);
  void kill();
  // Waits for the end of its process. False: the deadline passed.
  [[nodiscard]] bool wait_ended(os::Deadline deadline);
  // How it ended, or (before its process has) that it takes no more messages.
  [[nodiscard]] Exit exit();
  // How the process ended that had begun this ask of ours: the actor may live on in another one. If it has
  // ended for good since: how it did.
  [[nodiscard]] Exit crash_of(const mail::Ask& ask);
  // The number of its process. Of an actor that this process has created.
  [[nodiscard]] pid_t process() const noexcept;

  // Messages from this process that were not delivered.
  [[nodiscard]] std::uint64_t dead_letters(DeadLetter::Reason reason) const noexcept {
    return dead_letters_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
  }

 private:
  friend class Pending;

  [[nodiscard]] Runtime& runtime() const;  // throws Error in a forked child

  // Opens the channel if need be. Null: the actor has ended; see exit().
  mail::Outlet* outlet();
  mail::Outlet* open();
  [[nodiscard]] os::LazyDeadline sending_deadline(const MailboxOptions& mailbox,
                                                  os::Deadline at_the_latest) const;
  [[noreturn]] void overloaded(const MailboxOptions& mailbox, const char* method_name);
  [[noreturn]] void too_many_asks(const char* method_name);
  void dead_letter(const char* method_name, DeadLetter::Reason reason);
  // How it ended, if it has as far as can be told without asking anybody.
  [[nodiscard]] std::optional<Exit> known_exit();

  Runtime& runtime_;  // under which it was made
  const ActorId id_;
  std::atomic<mail::Outlet*> open_outlet_{nullptr};  // owned by outlet_; set once
  std::mutex mutex_;                                 // guards the following
  std::unique_ptr<mail::Outlet> outlet_;
  std::string name_;
  std::optional<Exit> ended_;  // known without a channel
  std::array<std::atomic<std::uint64_t>, DeadLetter::kReasons> dead_letters_{};
};

// The Remote of this process for `id`: one for all proxies of an actor.
[[nodiscard]] std::shared_ptr<Remote> remote(ActorId id);

enum class AnswerKind { value, exception };

// One answer on its way. Movable; belongs to one thread at a time.
class Pending {
 public:
  Pending() = default;
  Pending(std::shared_ptr<Remote> remote, mail::Ask ask, const char* method, os::Deadline deadline)
      : remote_(std::move(remote)), ask_(ask), method_(method), deadline_(deadline) {}
  Pending(Pending&& other) noexcept = default;
  Pending& operator=(Pending&& other) noexcept;
  ~Pending() { release(); }

  [[nodiscard]] bool ready() const;
  // Waits until there is an answer, or the certainty that there will be none. Throws Timeout, naming
  // the actor and the method; Error if this would wait for the waiting thread itself, directly or by
  // way of other actors, or if this was moved from.
  void wait(std::optional<std::chrono::nanoseconds> timeout);
  // Calls `use(kind, decoder)` with the answer, which is given back then. After wait(). Throws ActorDied
  // if there is none, Error if it cannot be read here.
  template <class Use>
  void consume(Use use) {
    const Releaser releaser{*this};
    mail::AnswerRoom room;
    const mail::Answer answer = read(room);
    std::vector<os::Fd> descriptors = collect(answer);
    wire::Decoder decoder(answer.bytes, descriptors);
    use(answer.status == mail::ReplyStatus::value ? AnswerKind::value : AnswerKind::exception,
        decoder);
  }

 private:
  struct Releaser {
    Pending& pending;
    ~Releaser() { pending.release(); }
  };

  [[nodiscard]] mail::Answer read(mail::AnswerRoom& room);
  [[nodiscard]] static std::vector<os::Fd> collect(const mail::Answer& answer);
  // Gives the slot back, read or not.
  void release() {
    if (remote_ != nullptr) give_up();
  }
  void give_up();
  [[nodiscard]] mail::Outlet& outlet() const;

  std::shared_ptr<Remote> remote_;  // null: nothing is awaited (any more)
  mail::Ask ask_;                   // number 0: refused at once, the actor has ended
  const char* method_ = "";
  os::Deadline deadline_ = os::kNever;
};

}  // namespace pactor::runtime
