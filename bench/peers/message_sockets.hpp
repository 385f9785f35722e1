// What libraries of message sockets have in common: one side listens by a name, the other dials it.
//
//     using Transport = MessageSockets<Socket>;
//
// Socket(role)              of one of Role
//   listen(url) dial(url)
//   send(message)             waits if the receiver is far behind
//   receive(f)                calls f with the message where the library has it, and returns what f does
#pragma once

#include "processes.hpp"

namespace bench::peers {

enum class Role { sender, receiver, asker, answerer };

template <class Socket>
struct MessageSockets {
  static constexpr int kCrowd = 300;

  struct Wire {
    Wire(int nth, std::size_t, Use)
        : url("ipc://" + Scratch::here().path(std::to_string(nth)).string()) {}
    const std::string url;
  };

  class Sender {
   public:
    explicit Sender(const Wire& wire) { socket_.dial(wire.url); }
    void send(Message message) { socket_.send(message); }

   private:
    Socket socket_{Role::sender};
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) { socket_.listen(wire.url); }

    template <class F>
    void receive(std::uint64_t count, F f) {
      for (; count > 0; --count) socket_.receive(f);
    }

   private:
    Socket socket_{Role::receiver};
  };

  class Asker {
   public:
    explicit Asker(const Wire& wire) { socket_.dial(wire.url); }

    std::uint64_t ask(Message question) {
      socket_.send(question);
      return socket_.receive(first_word);
    }

   private:
    Socket socket_{Role::asker};
  };

  class Answerer {
   public:
    explicit Answerer(const Wire& wire) { socket_.listen(wire.url); }

    template <class F>
    void serve(F f) {
      for (;;) {
        const std::uint64_t answer = socket_.receive(f);
        socket_.send(std::as_bytes(std::span(&answer, 1)));
      }
    }

   private:
    Socket socket_{Role::answerer};
  };
};

}  // namespace bench::peers
