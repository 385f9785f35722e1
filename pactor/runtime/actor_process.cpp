#include <pactor/runtime/actor_process.hpp>

#include <pactor/error.hpp>
#include <pactor/os/retry.hpp>
#include <pactor/runtime/exception.hpp>
#include <pactor/runtime/runtime.hpp>

#include <unistd.h>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>

namespace pactor::runtime {

namespace {

constexpr int kFailedStatus = 70;  // EX_SOFTWARE of sysexits.h

// Of the exception that is being handled: what this process lacked to have the arguments, if it was that.
std::optional<std::string> lack_for(const wire::Decoder& arguments) {
  if (arguments.accepted()) return std::nullopt;
  try {
    throw;
  } catch (const wire::Unreadable& error) {
    return error.what();
  } catch (...) {
    return std::nullopt;
  }
}

// For std::terminate, which gets no arguments. There is one actor per process.
ActorProcess* this_process = nullptr;

}  // namespace

ActorProcess::ActorProcess(ActorId id, std::string name, const os::Fd& mailbox_memory)
    : id_(id), name_(std::move(name)), mailbox_(id, mailbox_memory, Runtime::object().depot()) {}

void ActorProcess::take_over(const Clone::Restart& restart) {
  std::uint32_t number = restart.number - static_cast<std::uint32_t>(restart.crashes.size());
  for (const Exit& crash : restart.crashes) {
    std::fprintf(stderr, "pactor: %s; restarted (%u of %u)\n", crash.explain().c_str(), ++number,
                 restart.of);
  }
  succeeds_ = true;
  mailbox_.take_over();
}

void ActorProcess::begin(const Body& body, os::Fd&& control) {
  Runtime& runtime = Runtime::object();
  runtime.become_actor(id_, std::move(control), &mailbox_.control().last_stamp, &body);
  runtime.set_mailbox(&mailbox_);
  body_ = &body;
  this_process = this;
  std::set_terminate(&ActorProcess::terminate);
}

void ActorProcess::run(wire::Decoder& arguments) {
  if (succeeds_) Runtime::object().keeper().tell(CrashesSaid{});
  construct(arguments);
  // Before the first message: a process may die between the moment at which one counts as taken and its method. What
  // a base class has is noted when it first runs.
  const MethodEntry* own = body_->type->methods.load(std::memory_order_acquire);
  for (; own != nullptr; own = own->next) note_name(*own);
  std::optional<Exit> failure = process_messages();
  // After a failure the mailbox stays as it is: the keeper, which knows the reason, gives it to those
  // who wait for answers, as soon as the process has ended.
  const std::uint64_t left = failure.has_value() ? 0 : mailbox_.close();
  // The object was complete, so its destructor runs, whether or not a message made it fail.
  destroy();
  Runtime::object().close_created();
  end(failure.value_or(Exit{.kind = Exit::Kind::closed, .actor = name_, .unprocessed = left}),
      failure.has_value() ? kFailedStatus : 0);
}

void ActorProcess::construct(wire::Decoder& arguments) {
  const KeeperLink& keeper = Runtime::object().keeper();
  try {
    body_->construct(body_->address, arguments);
  } catch (...) {
    wire::Encoder encoder;
    encode_current_exception(encoder);
    keeper.tell(Unborn{{encoder.view().begin(), encoder.view().end()}});
    Exit exit = failure_of_current_exception();
    Runtime::object().close_created();
    end(exit, kFailedStatus);
  }
  keeper.tell(Born{});
}

std::optional<Exit> ActorProcess::process_messages() {
  std::optional<Exit> failure;
  for (;;) {
    const mail::Letter* letter = mailbox_.take();
    if (letter == nullptr) {
      if (mailbox_.take_news()) {
        try {
          fetch_news();
        } catch (const Error&) {
          // A channel is lost, and its sender would wait for ever.
          return failure_of_current_exception();
        }
      } else {
        mailbox_.wait();
        give_back_drained();
        if (mailbox_.take_cut_off() != 0) {
          std::fprintf(
              stderr,
              "pactor: actor '%s' reads no more from a sender whose messages made no sense: "
              "its memory must be damaged\n",
              name_.c_str());
        }
      }
      continue;
    }
    mailbox_.stamper().raise(letter->stamp);
    if (letter->kind == mail::Kind::close) {
      mailbox_.finish();
      return std::nullopt;
    }
    process(*letter, failure);
    mailbox_.finish();
    if (failure.has_value()) [[unlikely]]
      return failure;
  }
}

// The actor outlives most messages: `failure` is the caller's, so that it is made once, and not for each.
void ActorProcess::process(const mail::Letter& letter, std::optional<Exit>& failure) {
  if (letter.flags == 0) [[likely]]
    return run_method(letter, {}, failure);
  fetch_and_process(letter, failure);
}

// Something of it lies elsewhere.
void ActorProcess::fetch_and_process(const mail::Letter& letter, std::optional<Exit>& failure) {
  std::vector<os::Fd> descriptors;
  if (letter.descriptors != 0) {
    try {
      descriptors =
          os::insist([&] { return Runtime::object().depot().collect(letter.descriptors); });
    } catch (const Error& error) {
      failure = cannot_read(letter, error.what());
      return;
    }
  }
  if (!letter.unreadable) return run_method(letter, descriptors, failure);
  const std::string& lacks = mailbox_.inlet().lacks();
  if (!lacks.empty()) {
    failure = cannot_read(letter, lacks);
  } else {
    refuse(letter, "its bytes are not where its sender says");
  }
}

void ActorProcess::run_method(const mail::Letter& letter, std::span<os::Fd> descriptors,
                              std::optional<Exit>& failure) {
  if (letter.method != latest_.id || latest_.method == nullptr) latest_ = find(letter.method);
  if (latest_.method == nullptr) {
    return refuse(letter, "it has no such method (the sender was built from other sources)");
  }
  running_ = latest_.method;
  wire::Decoder arguments(letter.payload, descriptors);
  if (letter.kind == mail::Kind::ask) {
    run_ask(letter, arguments, failure);
  } else {
    run_tell(letter, arguments, failure);
  }
  running_ = nullptr;
}

void ActorProcess::run_tell(const mail::Letter& tell, wire::Decoder& arguments,
                            std::optional<Exit>& failure) {
  try {
    running_->thunk(latest_.object, arguments, nullptr);
  } catch (const std::bad_alloc&) {
    // Also if it was the arguments that found no memory.
    failure = failure_of_current_exception();
  } catch (...) {
    if (const std::optional<std::string> lack = lack_for(arguments)) {
      running_ = nullptr;  // it has not begun
      failure = cannot_read(tell, *lack);
    } else if (arguments.accepted()) {
      failure = failure_of_current_exception();
    } else {
      // Bytes that are no arguments are their sender's failure, and not this actor's.
      refuse(tell, describe_current_exception().text);
    }
  }
}

class ActorProcess::Reply final : public ReplyEncoder {
 public:
  Reply(ActorProcess& process, const mail::Letter& ask) : process_(process), ask_(ask) {}

  void send() override {
    process_.answer(ask_, mail::ReplyStatus::value, *this);
    sent_ = true;
  }
  [[nodiscard]] bool sent() const { return sent_; }

 private:
  ActorProcess& process_;
  const mail::Letter& ask_;
  bool sent_ = false;
};

void ActorProcess::run_ask(const mail::Letter& ask, wire::Decoder& arguments,
                           std::optional<Exit>& failure) {
  Reply reply(*this, ask);
  try {
    running_->thunk(latest_.object, arguments, &reply);
    if (!reply.sent()) reply.send();
  } catch (...) {
    if (reply.sent()) return;  // there is one answer, whatever the destructor of a result throws
    if (const std::optional<std::string> lack = lack_for(arguments)) {
      failure = cannot_read(ask, *lack);
    } else {
      wire::Encoder thrown;
      encode_current_exception(thrown);
      answer(ask, mail::ReplyStatus::exception, thrown);
    }
  }
}

ActorProcess::Found ActorProcess::find(std::uint64_t id) {
  Found found{.id = id, .object = body_->address};
  found.method = find_method(*body_->type, id, found.object);
  if (found.method != nullptr) note_name(*found.method);
  return found;
}

void ActorProcess::answer(const mail::Letter& ask, mail::ReplyStatus status,
                          const wire::Encoder& encoder) {
  const std::uint64_t stamp = mailbox_.stamper().last();
  try {
    deliver(ask, status, encoder, stamp);
  } catch (const std::bad_alloc&) {
    mailbox_.inlet().answer(ask, mail::ReplyStatus::no_memory, {}, stamp);  // which needs none
  } catch (const Error& error) {
    wire::Encoder instead;
    try {
      throw Error("pactor: the result of " + std::string(running_->name) + " of actor '" + name_ +
                  "' (" + std::to_string(mail::Payload(encoder).size()) +
                  " bytes) cannot be sent: " + error.what());
    } catch (const Error&) {
      encode_current_exception(instead);
    }
    answer_exception(ask, instead, stamp);
  }
}

void ActorProcess::answer_exception(const mail::Letter& ask, const wire::Encoder& exception,
                                    std::uint64_t stamp) {
  try {
    mailbox_.inlet().answer(ask, mail::ReplyStatus::exception, exception.view(), stamp);
  } catch (const std::exception&) {
    mailbox_.inlet().answer(ask, mail::ReplyStatus::no_memory, {}, stamp);
  }
}

void ActorProcess::deliver(const mail::Letter& ask, mail::ReplyStatus status,
                           const wire::Encoder& encoder, std::uint64_t stamp) {
  mail::Inlet& inlet = mailbox_.inlet();
  if (encoder.descriptors().empty()) [[likely]] {
    inlet.answer(ask, status, encoder, stamp);
    return;
  }
  mail::Depot& depot = Runtime::object().depot();
  const mail::Ticket ticket = depot.deposit(inlet.route(), os::numbers_of(encoder.descriptors()));
  try {
    inlet.answer(ask, status, {encoder, ticket}, stamp);
  } catch (...) {
    depot.discard(ticket);
    throw;
  }
}

void ActorProcess::refuse(const mail::Letter& letter, const std::string& why) {
  const std::string text = "pactor: a message to actor '" + name_ + "' was refused: " + why;
  if (letter.kind != mail::Kind::ask) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return;
  }
  wire::Encoder encoder;
  try {
    throw BadMessage(text);
  } catch (const BadMessage&) {
    encode_current_exception(encoder);
  }
  answer_exception(letter, encoder, mailbox_.stamper().last());
}

// A message that was accepted, and cannot be had here. Its asker is told. Of a told one nobody would be: so this
// actor fails, for it has lost a message.
std::optional<Exit> ActorProcess::cannot_read(const mail::Letter& letter, const std::string& why) {
  if (letter.kind == mail::Kind::ask) {
    refuse(letter, "its bytes cannot be mapped here; this actor lacks descriptors or memory");
    return std::nullopt;
  }
  try {
    throw Error("pactor: actor '" + name_ + "' cannot read a message that it had accepted: " + why);
  } catch (const Error&) {
    return failure_of_current_exception();
  }
}

// For the keeper, should this process die while the method runs.
void ActorProcess::note_name(const MethodEntry& method) {
  auto& names = mailbox_.control().methods;
  for (mail::MethodName& entry : names) {
    const std::uint64_t id = entry.id.load(std::memory_order_relaxed);
    if (id == method.id) return;
    if (id != 0) continue;
    std::strncpy(entry.name.data(), method.name, entry.name.size() - 1);
    entry.id.store(method.id, std::memory_order_release);
    return;
  }
}

void ActorProcess::fetch_news() {
  for (Attach got;;) {
    const auto [news, fds] =
        os::insist([&] { return Runtime::object().keeper().ask<AttachAnswer>(got); });
    if (news.opened.empty() && news.senders_gone.empty()) return;
    for (std::size_t i = 0; i < fds.size(); ++i) mailbox_.attach(news.opened[i], fds[i]);
    for (const std::uint32_t channel : news.senders_gone) mailbox_.sender_gone(channel);
    if (news.sender_crashed) mailbox_.distrust_doorbell();
    require_all(fds, news.opened.size());
    got = {.opened = news.opened, .senders_gone = news.senders_gone};
  }
}

void ActorProcess::give_back_drained() {
  for (const std::uint32_t channel : mailbox_.take_drained()) {
    Runtime::object().keeper().tell(Drained{channel});
  }
}

void ActorProcess::destroy() { body_->destroy(body_->address); }

Exit ActorProcess::failure_of_current_exception() const {
  const ExceptionText thrown = describe_current_exception();
  return {.kind = Exit::Kind::failed,
          .actor = name_,
          .method = running_ == nullptr ? "" : running_->name,
          .type = thrown.type.empty() ? "std::terminate" : thrown.type,
          .text = thrown.type.empty() ? "called without an exception" : thrown.text};
}

// An exception left a destructor, a noexcept method or a thread: there is no way back.
void ActorProcess::terminate() {
  const Exit exit = this_process->failure_of_current_exception();
  this_process->end(exit, kFailedStatus);
}

void ActorProcess::end(const Exit& exit, int status) {
  Runtime::object().dead_letters().say_rest();
  std::cout.flush();
  std::fflush(nullptr);
  Runtime::object().keeper().tell(Ending{exit});
  // Not exit(): the static objects are copies of the program's, which is the one to destroy them.
  ::_exit(status);
}

}  // namespace pactor::runtime
