#include <pactor/runtime/remote.hpp>

#include <pactor/error.hpp>
#include <pactor/mail/outlet.hpp>
#include <pactor/runtime/loop_wait.hpp>
#include <pactor/runtime/runtime.hpp>

#include <algorithm>

namespace pactor::runtime {

namespace {

Exit decode_exit(const mail::Fate& fate, std::string name) {
  wire::Decoder decoder(
      std::span(fate.exit.data(), std::min<std::size_t>(fate.bytes, fate.exit.size())));
  try {
    return wire::decode<Exit>(decoder);
  } catch (const BadMessage&) {
    // The keeper did not write that.
    return {.kind = Exit::Kind::exited,
            .actor = std::move(name),
            .text = "after it had damaged the memory in which its end is told"};
  }
}

Exit keeper_has_ended(std::string name, const Runtime& runtime) {
  const std::string last_words = runtime.keeper_last_words();
  std::string text = "the program's keeper process was killed";
  if (!runtime.keeper().intact()) {
    text = "the program has closed the descriptor of its line to it";
  } else if (!last_words.empty()) {
    text = "the program's keeper process gave up: " + last_words;
  }
  return {.kind = Exit::Kind::killed, .actor = std::move(name), .text = std::move(text)};
}

// Calls `send(payload)`. Descriptors are at the depot before the message can be read, and go from there
// if it is not accepted.
template <class Send>
mail::Sent send_with_descriptors(mail::Depot& depot, const mail::Outlet& to,
                                 const wire::Encoder& arguments, Send send) {
  if (arguments.plain()) [[likely]] {
    return send(mail::Payload(arguments.own()));
  }
  if (arguments.descriptors().empty()) return send(mail::Payload(arguments));
  const mail::Ticket ticket = depot.deposit(to.route(), os::numbers_of(arguments.descriptors()));
  mail::Sent sent = mail::Sent::closed;
  try {
    sent = send(mail::Payload(arguments, ticket, arguments.attached_bytes()));
  } catch (...) {
    depot.discard(ticket);
    throw;
  }
  if (sent != mail::Sent::accepted) depot.discard(ticket);
  return sent;
}

// "64 MiB", or whatever unit it is a whole number of.
std::string size_text(std::size_t bytes) {
  if (bytes % (1U << 20) == 0) return std::to_string(bytes >> 20) + " MiB";
  if (bytes % (1U << 10) == 0) return std::to_string(bytes >> 10) + " KiB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace

std::shared_ptr<Remote> remote(ActorId id) { return Runtime::here().remote(id); }

Remote::Remote(ActorId id) : runtime_(Runtime::object()), id_(id) {}

Remote::Remote(ActorId id, std::string name, std::unique_ptr<mail::Outlet> outlet)
    : runtime_(Runtime::object()), id_(id), outlet_(std::move(outlet)), name_(std::move(name)) {
  open_outlet_.store(outlet_.get(), std::memory_order_release);
}

Remote::~Remote() {
  if (usable()) {
    if (outlet_ != nullptr) runtime_.depot().leave(outlet_->route());
  } else {
    // A forked child has no such memory, and may have something else at its address by now.
    [[maybe_unused]] const mail::Outlet* not_ours = outlet_.release();
  }
}

bool Remote::usable() const noexcept { return runtime_.usable(); }

Runtime& Remote::runtime() const {
  if (usable()) [[likely]]
    return runtime_;
  throw Error(
      "pactor: this process is a fork of one that has actors, and may not use its parent's "
      "handles; "
      "use them in the parent, or create actors of its own");
}

ActorId Remote::id_to_send() const {
  if (&runtime() == &Runtime::object()) return id_;
  throw Error("pactor: proxy of actor #" + std::to_string(id_) +
              " cannot be sent from here: this program has two copies of pactor, with a family of "
              "actors each; have its libraries take pactor from the program (see the README)");
}

bool Remote::alive() {
  if (!usable() || runtime_.lifeline().keeper_died()) return false;
  const mail::Outlet* to = outlet();
  return to != nullptr && !to->closed();
}

bool Remote::known_ended() const noexcept {
  const mail::Outlet* to = open_outlet_.load(std::memory_order_acquire);
  return to != nullptr && to->fate().told();
}

pid_t Remote::process() const noexcept {
  return open_outlet_.load(std::memory_order_acquire)->receiver_process();
}

bool Remote::unused() const noexcept {
  return open_outlet_.load(std::memory_order_acquire) == nullptr &&
         std::ranges::all_of(dead_letters_, [](const auto& count) { return count.load() == 0; });
}

std::string Remote::name() {
  const std::lock_guard lock(mutex_);
  return name_.empty() ? "#" + std::to_string(id_) : name_;
}

mail::Outlet* Remote::outlet() {
  static_cast<void>(runtime());  // not in a forked child
  mail::Outlet* open_already = open_outlet_.load(std::memory_order_acquire);
  return open_already != nullptr ? open_already : open();
}

mail::Outlet* Remote::open() {
  const std::lock_guard lock(mutex_);
  if (outlet_ != nullptr) return outlet_.get();
  if (ended_.has_value()) return nullptr;
  auto [answer, fds] = runtime_.keeper().ask<OpenAnswer>(Open{id_});
  name_ = answer.name;
  if (!answer.reason.empty()) {
    throw Error("pactor: no channel to actor '" + answer.name + "': " + answer.reason);
  }
  if (!answer.lives) {
    ended_ = answer.exit;
    return nullptr;
  }
  try {
    require_all(fds, 2);
    outlet_ = std::make_unique<mail::Outlet>(
        mail::Route{id_, answer.channel}, mail::Place{fds[0], answer.offset}, fds[1],
        runtime_.stamper(), runtime_.lifeline(), runtime_.depot());
  } catch (const Error& error) {
    throw Error("pactor: no channel to actor '" + name_ + "': " + error.what());
  }
  open_outlet_.store(outlet_.get(), std::memory_order_release);
  return outlet_.get();
}

// Until when a message may wait for room.
os::LazyDeadline Remote::sending_deadline(const MailboxOptions& mailbox,
                                          os::Deadline at_the_latest) const {
  constexpr os::Deadline kAtOnce = os::Deadline::min();
  if (mailbox.when_full.policy != WhenFull::Policy::wait) return kAtOnce;
  // An actor that waited for room in its own mailbox would wait for itself.
  if (id_ == runtime_.id() && runtime_.on_loop_thread()) return kAtOnce;
  return {mailbox.when_full.deadline, at_the_latest};
}

void Remote::overloaded(const MailboxOptions& mailbox, const char* method_name) {
  const bool to_self = id_ == runtime_.id();
  throw Overloaded("pactor: " + std::string(method_name) + " was not sent: mailbox of '" + name() +
                   "' is full (" + size_text(mailbox.bytes) + " from this sender); " +
                   (to_self ? "let it finish messages before it sends itself more, or raise "
                              "Options::mailbox.bytes"
                            : "slow down, raise Options::mailbox.bytes or choose another policy"));
}

void Remote::too_many_asks(const char* method_name) {
  const bool to_self = id_ == runtime_.id();
  throw Overloaded("pactor: " + std::string(method_name) + " was not sent: '" + name() + "' has " +
                   std::to_string(mail::kReplySlots) +
                   " asks of this process to answer, and cannot have more; " +
                   (to_self ? "let it finish messages before it asks itself more"
                            : "get() some of the answers first, or allow more time"));
}

// Called with no lock held: what on_dead_letter() was given may call anything.
void Remote::dead_letter(const char* method_name, DeadLetter::Reason reason) {
  const bool ended = reason == DeadLetter::Reason::actor_ended;
  // An actor's messages to itself after its close end a loop: that is what they are for.
  if (ended && id_ == runtime_.id()) return;
  std::atomic<std::uint64_t>& count = dead_letters_[static_cast<std::size_t>(reason)];
  const bool first = count.fetch_add(1, std::memory_order_relaxed) == 0;
  runtime_.dead_letters().report({.actor = id_,
                                  .name = name(),
                                  .method = method_name,
                                  .reason = reason,
                                  .exit = ended ? known_exit() : std::nullopt},
                                 first);
}

void Remote::tell(std::uint64_t method, const char* method_name, const wire::Encoder& arguments) {
  mail::Outlet* to = outlet();
  if (to == nullptr) return dead_letter(method_name, DeadLetter::Reason::actor_ended);
  const MailboxOptions& mailbox = to->options();
  const mail::Sent sent =
      send_with_descriptors(runtime_.depot(), *to, arguments, [&](const mail::Payload& payload) {
        return to->tell(method, payload, sending_deadline(mailbox, os::kNever));
      });
  switch (sent) {
    case mail::Sent::accepted:
      return;
    case mail::Sent::closed:
      return dead_letter(method_name, DeadLetter::Reason::actor_ended);
    case mail::Sent::full:
      overloaded(mailbox, method_name);
    case mail::Sent::dropped:
      return dead_letter(method_name, DeadLetter::Reason::mailbox_full);
  }
}

Pending Remote::ask(std::uint64_t method, const char* method_name, const wire::Encoder& arguments,
                    std::chrono::nanoseconds deadline) {
  const os::Deadline until = deadline == kNoDeadline ? os::kNever : os::deadline_in(deadline);
  mail::Outlet* to = outlet();
  mail::Ask ask;
  if (to != nullptr) {
    const MailboxOptions& mailbox = to->options();
    const mail::Sent sent =
        send_with_descriptors(runtime_.depot(), *to, arguments, [&](const mail::Payload& payload) {
          return to->ask(method, payload, sending_deadline(mailbox, until), ask);
        });
    switch (sent) {
      case mail::Sent::accepted:
        break;
      case mail::Sent::closed:
        ask = {};
        break;
      case mail::Sent::full:
      case mail::Sent::dropped:
        if (ask.number == 0) too_many_asks(method_name);
        overloaded(mailbox, method_name);
    }
  }
  return {shared_from_this(), ask, method_name, until};
}

void Remote::close(std::chrono::milliseconds deadline) {
  mail::Outlet* to = outlet();
  if (to == nullptr) return;
  to->close();
  const KeeperLink& keeper = runtime().keeper();
  keeper.require_intact();
  keeper.tell(Closing{.actor = id_, .deadline_ms = deadline.count()});
}

void Remote::kill() {
  const KeeperLink& keeper = runtime().keeper();
  keeper.require_intact();
  keeper.tell(Kill{id_});
}

bool Remote::wait_ended(os::Deadline deadline) {
  mail::Outlet* to = outlet();
  if (to == nullptr) return true;
  if (!to->wait_ended(deadline)) return runtime_.lifeline().keeper_died();
  // What the actor did happened before what this process does from here on.
  runtime_.stamper().raise(to->fate().stamp);
  return true;
}

std::optional<Exit> Remote::known_exit() {
  const mail::Outlet* to = outlet();
  if (to == nullptr) return ended_;
  if (to->fate().told()) {
    runtime_.stamper().raise(to->fate().stamp);  // as in wait_ended()
    return decode_exit(to->fate(), name());
  }
  if (runtime_.lifeline().keeper_died()) return keeper_has_ended(name(), runtime_);
  return std::nullopt;
}

Exit Remote::exit() {
  std::optional<Exit> known = known_exit();
  return known ? *std::move(known) : Exit{.kind = Exit::Kind::closed, .actor = name()};
}

Exit Remote::crash_of(const mail::Ask& ask) {
  if (std::optional<Exit> known = known_exit()) return *std::move(known);
  const CrashOf question{.route = outlet()->route(), .ask = ask.number};
  CrashAnswer answer = Runtime::here().keeper().ask<CrashAnswer>(question).first;
  return answer.known ? std::move(answer.exit) : exit();
}

// ---- Pending ---------------------------------------------------------------------------------

Pending& Pending::operator=(Pending&& other) noexcept {
  if (this != &other) {
    release();
    remote_ = std::move(other.remote_);
    ask_ = other.ask_;
    method_ = other.method_;
    deadline_ = other.deadline_;
  }
  return *this;
}

bool Pending::ready() const {
  return remote_ == nullptr || ask_.number == 0 || !remote_->usable() ||
         outlet().asks().ready(ask_) || remote_->runtime().lifeline().keeper_died();
}

void Pending::wait(std::optional<std::chrono::nanoseconds> timeout) {
  if (remote_ == nullptr) {
    throw Error("pactor: this Reply was moved from; use the one that it was moved to");
  }
  if (ask_.number == 0) return;
  Runtime& runtime = remote_->runtime();
  const os::Deadline deadline = timeout ? os::deadline_in(*timeout) : deadline_;
  if (remote_->id() == runtime.id() && runtime.on_loop_thread() && !ready()) {
    throw Error("pactor: actor '" + remote_->name() + "' waits for its own answer to " + method_ +
                ", which it could never give; call the method directly, or send it a tell");
  }
  mail::Asks& asks = outlet().asks();
  if (asks.look(ask_)) return;
  std::optional<LoopWait> published;
  if (deadline == os::kNever && runtime.on_loop_thread() && !asks.ready(ask_)) {
    published.emplace(*remote_, outlet(), ask_, method_);
  }
  if (asks.sleep(ask_, deadline) || runtime.lifeline().keeper_died()) return;
  throw Timeout("pactor: no answer from actor '" + remote_->name() + "' to " + method_ +
                " in time; it may still come: get() again, or allow more time");
}

mail::Answer Pending::read(mail::AnswerRoom& room) {
  Runtime& runtime = remote_->runtime();
  mail::Answer answer;
  if (ask_.number != 0 && outlet().asks().ready(ask_)) answer = outlet().asks().take(ask_, room);
  switch (answer.status) {
    case mail::ReplyStatus::value:
    case mail::ReplyStatus::exception:
      // Its bytes lay with the keeper.
      if (answer.unreadable && runtime.lifeline().keeper_died()) {
        throw ActorDied(remote_->exit(), method_);
      }
      if (answer.unreadable) {
        throw Error("pactor: the answer of actor '" + remote_->name() + "' to " + method_ +
                    " cannot be mapped here: this process lacks descriptors or memory (raise the "
                    "limits with `ulimit -n` and `ulimit -v`, or ask for less at a time)");
      }
      runtime.stamper().raise(answer.stamp);
      return answer;
    case mail::ReplyStatus::none:
      if (ask_.number != 0 && !runtime.lifeline().keeper_died()) {
        throw BadMessage("pactor: the answer of actor '" + remote_->name() + "' to " + method_ +
                         " makes no sense; its memory is damaged: restart it");
      }
      [[fallthrough]];
    case mail::ReplyStatus::refused:
      runtime.stamper().raise(answer.stamp);
      throw ActorDied(remote_->exit(), method_);
    case mail::ReplyStatus::no_memory:
      runtime.stamper().raise(answer.stamp);
      throw Error("pactor: the answer of actor '" + remote_->name() + "' to " + method_ +
                  " is lost: the method has run, but there was no memory for what it returned or "
                  "threw (raise the memory limit, have fewer actors, or ask for less at a time)");
    case mail::ReplyStatus::died:
      break;
  }
  throw ActorDied(remote_->crash_of(ask_), method_);
}

std::vector<os::Fd> Pending::collect(const mail::Answer& answer) {
  if (answer.descriptors == 0) [[likely]] {
    return {};
  }
  return Runtime::here().depot().collect(answer.descriptors);
}

mail::Outlet& Pending::outlet() const { return *remote_->open_outlet_.load(); }

void Pending::give_up() {
  // In a forked child the answer, and the memory that it comes through, are the parent's.
  if (ask_.number != 0 && remote_->usable()) outlet().asks().forget(ask_);
  remote_.reset();
}

}  // namespace pactor::runtime
