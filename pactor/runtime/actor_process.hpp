// The process of one actor, from its object's construction to its end: the loop that takes messages
// and runs them.
//
//     ActorProcess process(id, name, mailbox_memory);
//     process.begin(body, control);
//     process.run(arguments);                        // does not return
#pragma once

#include <pactor/exit.hpp>
#include <pactor/mail/mailbox.hpp>
#include <pactor/runtime/body.hpp>
#include <pactor/runtime/protocol.hpp>

#include <optional>
#include <span>
#include <string>

namespace pactor::runtime {

class ActorProcess {
 public:
  ActorProcess(ActorId id, std::string name, const os::Fd& mailbox_memory);

  void attach(std::uint32_t channel, const mail::Place& at) { mailbox_.attach(channel, at); }
  [[nodiscard]] mail::Stamper& stamper() { return mailbox_.stamper(); }

  // In a process that succeeds another one: says so, and has all channels fetched before the first message.
  void take_over(const Clone::Restart& restart);

  // From now on this process is the actor. Throws Error, and leaves `control` where it is, if it cannot be.
  void begin(const Body& body, os::Fd&& control);
  // Constructs, processes messages until a close or a failure, destroys, ends the process.
  [[noreturn]] void run(wire::Decoder& arguments);

 private:
  void construct(wire::Decoder& arguments);
  // Until the actor is to end; how it ends, if not in order.
  std::optional<Exit> process_messages();
  // Sets `failure` if the actor is to end.
  void process(const mail::Letter& letter, std::optional<Exit>& failure);
  void fetch_and_process(const mail::Letter& letter, std::optional<Exit>& failure);
  void run_method(const mail::Letter& letter, std::span<os::Fd> descriptors,
                  std::optional<Exit>& failure);
  void run_tell(const mail::Letter& tell, wire::Decoder& arguments, std::optional<Exit>& failure);
  void run_ask(const mail::Letter& ask, wire::Decoder& arguments, std::optional<Exit>& failure);
  struct Found {
    std::uint64_t id = 0;
    const MethodEntry* method = nullptr;  // null: there is none of this id
    void* object = nullptr;               // the part of it that has the method
  };
  [[nodiscard]] Found find(std::uint64_t id);
  class Reply;
  void answer(const mail::Letter& ask, mail::ReplyStatus status, const wire::Encoder& encoder);
  // False: there is no room for it. Throws Error, if it has too many descriptors for example.
  void deliver(const mail::Letter& ask, mail::ReplyStatus status, const wire::Encoder& encoder,
               std::uint64_t stamp);
  // With an exception; with no more than the refusal if that finds no memory.
  void answer_exception(const mail::Letter& ask, const wire::Encoder& exception,
                        std::uint64_t stamp);
  [[nodiscard]] std::optional<Exit> cannot_read(const mail::Letter& letter, const std::string& why);
  void refuse(const mail::Letter& letter, const std::string& why);
  void note_name(const MethodEntry& method);
  void fetch_news();  // throws Error if this process has no room for a channel
  void give_back_drained();
  void destroy();
  [[nodiscard]] Exit failure_of_current_exception() const;
  [[noreturn]] void end(const Exit& exit, int status);
  [[noreturn]] static void terminate();

  const ActorId id_;
  const std::string name_;
  mail::Mailbox mailbox_;
  const Body* body_ = nullptr;
  const MethodEntry* running_ = nullptr;
  Found latest_;           // many messages in a row are for one method
  bool succeeds_ = false;  // a process that crashed
};

}  // namespace pactor::runtime
