// ZeroMQ over ipc: REQ and REP for questions, PUSH and PULL for streams.
#include "message_sockets.hpp"

#include <zmq.h>

namespace bench::peers {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + ::zmq_strerror(::zmq_errno()));
}

// A socket in a context of its own, for each process has but one of them.
class Socket {
 public:
  explicit Socket(Role role)
      : context_(::zmq_ctx_new()), socket_(::zmq_socket(context_, type_of(role))) {
    check(socket_ != nullptr, "zmq_socket");
  }
  ~Socket() {
    ::zmq_close(socket_);
    ::zmq_ctx_term(context_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void listen(const std::string& url) { check(::zmq_bind(socket_, url.c_str()) == 0, "zmq_bind"); }
  void dial(const std::string& url) {
    check(::zmq_connect(socket_, url.c_str()) == 0, "zmq_connect");
  }

  // PUSH waits, and never drops, at the high-water mark, which stays the usual 1,000 messages on either side.
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
  static int type_of(Role role) {
    switch (role) {
      case Role::sender:
        return ZMQ_PUSH;
      case Role::receiver:
        return ZMQ_PULL;
      case Role::asker:
        return ZMQ_REQ;
      case Role::answerer:
        break;
    }
    return ZMQ_REP;
  }

  void* const context_;
  void* const socket_;
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<MessageSockets<Socket>>>(argc, argv);
}
