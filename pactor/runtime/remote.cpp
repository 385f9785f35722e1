#include <pactor/runtime/remote.hpp>

#include <pactor/error.hpp>
#include <pactor/runtime/runtime.hpp>

#include <cstdio>

namespace pactor::runtime {

namespace {

// How long a sender waits for room in a full mailbox.
constexpr std::chrono::seconds kFullDeadline{30};

Exit decode_exit(const mail::Fate& fate) {
  wire::Decoder decoder(
      std::span(fate.exit.data(), std::min<std::size_t>(fate.bytes, fate.exit.size())));
  return wire::decode<Exit>(decoder);
}

Exit keeper_was_killed(std::string name) {
  return {.kind = Exit::Kind::killed,
          .actor = std::move(name),
          .text = "the program's keeper process was killed"};
}

// Calls `send(payload)`. Descriptors are at the depot before the message can be read, and go from there
// if it is not accepted.
template <class Send>
mail::Sent send_with_descriptors(const mail::Outlet& to, const wire::Encoder& arguments,
                                 Send send) {
  if (arguments.descriptors().empty()) [[likely]] {
    return send(mail::Payload(arguments.view()));
  }
  mail::Depot& depot = Runtime::here().depot();
  const mail::Ticket ticket = depot.deposit(to.route(), os::numbers_of(arguments.descriptors()));
  mail::Sent sent = mail::Sent::closed;
  try {
    sent = send(mail::Payload(arguments.view(), ticket));
  } catch (...) {
    depot.discard(ticket);
    throw;
  }
  if (sent != mail::Sent::accepted) depot.discard(ticket);
  return sent;
}

}  // namespace

std::shared_ptr<Remote> remote(ActorId id) { return Runtime::here().remote(id); }

Remote::Remote(ActorId id, std::string name, std::unique_ptr<mail::Outlet> outlet)
    : id_(id), outlet_(std::move(outlet)), name_(std::move(name)) {
  open_outlet_.store(outlet_.get(), std::memory_order_release);
}

Remote::~Remote() {
  if (outlet_ != nullptr && Runtime::object().usable()) {
    Runtime::object().depot().leave(outlet_->route());
  }
}

bool Remote::alive() {
  if (!Runtime::object().usable() || Runtime::object().lifeline().keeper_died()) return false;
  const mail::Outlet* to = outlet();
  return to != nullptr && !to->closed();
}

bool Remote::known_ended() const noexcept {
  const mail::Outlet* to = open_outlet_.load(std::memory_order_acquire);
  return to != nullptr && to->fate().ended.load(std::memory_order_acquire) != 0;
}

std::string Remote::name() {
  const std::lock_guard lock(mutex_);
  return name_.empty() ? "#" + std::to_string(id_) : name_;
}

mail::Outlet* Remote::outlet() {
  static_cast<void>(Runtime::here());  // not in a forked child
  mail::Outlet* open_already = open_outlet_.load(std::memory_order_acquire);
  return open_already != nullptr ? open_already : open();
}

mail::Outlet* Remote::open() {
  const std::lock_guard lock(mutex_);
  if (outlet_ != nullptr) return outlet_.get();
  if (ended_.has_value()) return nullptr;
  Runtime& runtime = Runtime::here();
  auto [answer, fds] = runtime.keeper().ask<OpenAnswer>(Open{id_});
  name_ = answer.name;
  if (!answer.reason.empty()) {
    throw Error("pactor: no channel to actor '" + answer.name + "': " + answer.reason);
  }
  if (!answer.lives) {
    ended_ = answer.exit;
    return nullptr;
  }
  PACTOR_CHECK(fds.size() == 2);
  outlet_ = std::make_unique<mail::Outlet>(mail::Route{id_, answer.channel},
                                           mail::Place{fds[0], answer.offset}, fds[1],
                                           runtime.stamper(), runtime.lifeline(), runtime.depot());
  open_outlet_.store(outlet_.get(), std::memory_order_release);
  return outlet_.get();
}

os::Deadline Remote::sending_deadline() const {
  // An actor that waited for room in its own mailbox would wait for itself.
  const Runtime& runtime = Runtime::object();
  if (id_ == runtime.id() && runtime.on_loop_thread()) return os::Deadline::min();
  return os::coarse_deadline_in(kFullDeadline);
}

void Remote::overloaded(const char* method_name) {
  const bool to_self = id_ == Runtime::object().id();
  throw Overloaded("pactor: the mailbox of '" + name() + "' is full (" +
                   std::to_string(outlet()->options().bytes / 1024) +
                   " KiB from this sender), so " + method_name + " was not sent; " +
                   (to_self ? "let it finish messages before it sends itself more"
                            : "slow down, or wait for an answer now and then"));
}

void Remote::dead_letter(const char* method_name) {
  // An actor's messages to itself after its close end a loop: that is what they are for.
  if (id_ == Runtime::object().id()) return;
  if (dead_letter_reported_.exchange(true)) return;
  std::fprintf(stderr, "pactor: %s was not delivered: %s (further ones to it are not mentioned)\n",
               method_name, exit().explain().c_str());
}

void Remote::tell(std::uint64_t method, const char* method_name, const wire::Encoder& arguments) {
  mail::Outlet* to = outlet();
  mail::Sent sent = mail::Sent::closed;
  if (to != nullptr) {
    sent = send_with_descriptors(*to, arguments, [&](const mail::Payload& payload) {
      return to->tell(method, payload, sending_deadline());
    });
  }
  if (sent == mail::Sent::full) overloaded(method_name);
  if (sent == mail::Sent::closed) dead_letter(method_name);
}

Pending Remote::ask(std::uint64_t method, const char* method_name, const wire::Encoder& arguments,
                    std::chrono::nanoseconds deadline) {
  mail::Outlet* to = outlet();
  mail::Ask ask;
  if (to != nullptr) {
    const mail::Sent sent =
        send_with_descriptors(*to, arguments, [&](const mail::Payload& payload) {
          return to->ask(method, payload, sending_deadline(), ask);
        });
    if (sent == mail::Sent::full) overloaded(method_name);
    if (sent == mail::Sent::closed) ask = {};
  }
  return {shared_from_this(), ask, method_name,
          deadline == kNoDeadline ? os::kNever : os::deadline_in(deadline)};
}

void Remote::close(std::chrono::milliseconds deadline) {
  mail::Outlet* to = outlet();
  if (to == nullptr) return;
  to->close();
  Runtime::here().keeper().tell(Closing{.actor = id_, .deadline_ms = deadline.count()});
}

void Remote::kill() { Runtime::here().keeper().tell(Kill{id_}); }

bool Remote::wait_ended(os::Deadline deadline) {
  mail::Outlet* to = outlet();
  if (to == nullptr) return true;
  Runtime& runtime = Runtime::here();
  if (!to->wait_ended(deadline)) return runtime.lifeline().keeper_died();
  // What the actor did happened before what this process does from here on.
  runtime.stamper().raise(to->fate().stamp);
  return true;
}

Exit Remote::exit() {
  mail::Outlet* to = outlet();
  if (to == nullptr) return *ended_;
  if (to->fate().ended.load(std::memory_order_acquire) != 0) {
    Runtime::here().stamper().raise(to->fate().stamp);  // as in wait_ended()
    return decode_exit(to->fate());
  }
  if (Runtime::here().lifeline().keeper_died()) return keeper_was_killed(name());
  return {.kind = Exit::Kind::closed, .actor = name()};
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
  return remote_ == nullptr || ask_.number == 0 || outlet().asks().ready(ask_) ||
         Runtime::here().lifeline().keeper_died();
}

void Pending::wait(std::optional<std::chrono::nanoseconds> timeout) {
  if (remote_ == nullptr || ask_.number == 0) return;
  Runtime& runtime = Runtime::here();
  const os::Deadline deadline = timeout ? os::deadline_in(*timeout) : deadline_;
  if (remote_->id() == runtime.id() && runtime.on_loop_thread() && !ready()) {
    throw Error("pactor: actor '" + remote_->name() + "' waits for its own answer to " + method_ +
                ", which it could never give; call the method directly, or send it a tell");
  }
  if (outlet().asks().wait(ask_, deadline) || runtime.lifeline().keeper_died()) return;
  throw Timeout("pactor: no answer from actor '" + remote_->name() + "' to " + method_ +
                " in time; it may still come: get() again, or allow more time");
}

mail::Answer Pending::read() {
  Runtime& runtime = Runtime::here();
  mail::Answer answer;
  if (ask_.number != 0 && outlet().asks().ready(ask_)) answer = outlet().asks().read(ask_);
  switch (answer.status) {
    case mail::ReplyStatus::value:
    case mail::ReplyStatus::exception:
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
      break;
    case mail::ReplyStatus::died:
      break;
  }
  throw ActorDied(remote_->exit(), method_);
}

std::vector<os::Fd> Pending::collect(const mail::Answer& answer) {
  if (answer.descriptors == 0) [[likely]] {
    return {};
  }
  return Runtime::here().depot().collect(answer.descriptors);
}

void Pending::release() {
  // In a forked child the answer, and the memory that it comes through, are the parent's.
  if (remote_ != nullptr && ask_.number != 0 && Runtime::object().usable()) {
    outlet().asks().forget(ask_);
  }
  remote_.reset();
}

}  // namespace pactor::runtime
