// ZeroMQ over ipc: REQ and REP for questions, PUSH and PULL for streams.
#include "processes.hpp"

#include <zmq.h>

namespace bench::peers {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + ::zmq_strerror(::zmq_errno()));
}

// A socket in a context of its own, for each process has but one of them.
class Socket {
 public:
  explicit Socket(int type) : context_(::zmq_ctx_new()), socket_(::zmq_socket(context_, type)) {
    check(socket_ != nullptr, "zmq_socket");
  }
  ~Socket() {
    ::zmq_close(socket_);
    ::zmq_ctx_term(context_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void bind(const std::string& address) {
    check(::zmq_bind(socket_, address.c_str()) == 0, "zmq_bind");
  }
  void connect(const std::string& address) {
    check(::zmq_connect(socket_, address.c_str()) == 0, "zmq_connect");
  }

  void send(Message message) {
    check(::zmq_send(socket_, message.data(), message.size(), 0) >= 0, "zmq_send");
  }

  // Calls f with the message where ZeroMQ has it.
  template <class F>
  auto receive(F f) {
    struct Received {
      zmq_msg_t message{};
      Received() { ::zmq_msg_init(&message); }
      ~Received() { ::zmq_msg_close(&message); }
    } received;
    check(::zmq_msg_recv(&received.message, socket_, 0) >= 0, "zmq_msg_recv");
    return f(Message(static_cast<const std::byte*>(::zmq_msg_data(&received.message)),
                     ::zmq_msg_size(&received.message)));
  }

 private:
  void* const context_;
  void* const socket_;
};

struct Zeromq {
  static constexpr int kCrowd = 300;

  struct Wire {
    Wire(int nth, std::size_t, Use)
        : address("ipc://" + Scratch::here().path(std::to_string(nth)).string()) {}
    const std::string address;
  };

  // PUSH waits, and never drops, at the high-water mark, which stays the usual 1,000 messages on either side.
  class Sender {
   public:
    explicit Sender(const Wire& wire) { socket_.connect(wire.address); }
    void send(Message message) { socket_.send(message); }

   private:
    Socket socket_{ZMQ_PUSH};
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) { socket_.bind(wire.address); }

    template <class F>
    void receive(std::uint64_t count, F f) {
      for (; count > 0; --count) socket_.receive(f);
    }

   private:
    Socket socket_{ZMQ_PULL};
  };

  class Asker {
   public:
    explicit Asker(const Wire& wire) { socket_.connect(wire.address); }

    std::uint64_t ask(Message question) {
      socket_.send(question);
      return socket_.receive(first_word);
    }

   private:
    Socket socket_{ZMQ_REQ};
  };

  class Answerer {
   public:
    explicit Answerer(const Wire& wire) { socket_.bind(wire.address); }

    template <class F>
    void serve(F f) {
      for (;;) {
        const std::uint64_t answer = socket_.receive(f);
        socket_.send(std::as_bytes(std::span(&answer, 1)));
      }
    }

   private:
    Socket socket_{ZMQ_REP};
  };
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<Zeromq>>(argc, argv);
}
