// nng over ipc: req and rep for questions, push and pull for streams. It has threads of its own in every process.
#include "message_sockets.hpp"

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

namespace bench::peers {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw std::runtime_error(std::string(what) + ": " + ::nng_strerror(error));
}

class Socket {
 public:
  explicit Socket(Role role) {
    check(opening(role)(&socket_), "nng_open");
    check(::nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, 0), "recv-size-max");  // no limit
    // So many messages may wait on this side.
    if (role == Role::sender) {
      check(::nng_socket_set_int(socket_, NNG_OPT_SENDBUF, 1000), NNG_OPT_SENDBUF);
    }
  }
  ~Socket() { ::nng_close(socket_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void listen(const std::string& url) {
    check(::nng_listen(socket_, url.c_str(), nullptr, 0), "nng_listen");
  }
  void dial(const std::string& url) {
    check(::nng_dial(socket_, url.c_str(), nullptr, 0), "nng_dial");
  }
  // nng_send() takes what it copies from as if it might change it.
  void send(Message message) {
    check(::nng_send(socket_, const_cast<std::byte*>(message.data()), message.size(), 0),
          "nng_send");
  }

  // Calls f with the message where nng has it.
  template <class F>
  auto receive(F f) {
    nng_msg* message = nullptr;
    check(::nng_recvmsg(socket_, &message, 0), "nng_recvmsg");
    const std::unique_ptr<nng_msg, void (*)(nng_msg*)> owned(message, ::nng_msg_free);
    return f(
        Message(static_cast<const std::byte*>(::nng_msg_body(message)), ::nng_msg_len(message)));
  }

 private:
  static auto opening(Role role) -> int (*)(nng_socket*) {
    switch (role) {
      case Role::sender:
        return ::nng_push0_open;
      case Role::receiver:
        return ::nng_pull0_open;
      case Role::asker:
        return ::nng_req0_open;
      case Role::answerer:
        break;
    }
    return ::nng_rep0_open;
  }

  nng_socket socket_{};
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<MessageSockets<Socket>>>(argc, argv);
}
