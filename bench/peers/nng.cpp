// nng over ipc: req and rep for questions, push and pull for streams. It has threads of its own in every process.
#include "processes.hpp"

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
  explicit Socket(int (*open)(nng_socket*)) {
    check(open(&socket_), "nng_open");
    check(::nng_socket_set_size(socket_, NNG_OPT_RECVMAXSZ, 0), "recv-size-max");  // no limit
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
  // So many messages may wait on this side.
  void buffer(const char* option, int messages) {
    check(::nng_socket_set_int(socket_, option, messages), option);
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
  nng_socket socket_{};
};

struct Nng {
  static constexpr int kCrowd = 300;

  struct Wire {
    Wire(int nth, std::size_t, Use)
        : url("ipc://" + Scratch::here().path(std::to_string(nth)).string()) {}
    const std::string url;
  };

  class Sender {
   public:
    explicit Sender(const Wire& wire) {
      socket_.buffer(NNG_OPT_SENDBUF, 1000);
      socket_.dial(wire.url);
    }
    void send(Message message) { socket_.send(message); }

   private:
    Socket socket_{::nng_push0_open};
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) { socket_.listen(wire.url); }

    template <class F>
    void receive(std::uint64_t count, F f) {
      for (; count > 0; --count) socket_.receive(f);
    }

   private:
    Socket socket_{::nng_pull0_open};
  };

  class Asker {
   public:
    explicit Asker(const Wire& wire) { socket_.dial(wire.url); }

    std::uint64_t ask(Message question) {
      socket_.send(question);
      return socket_.receive(first_word);
    }

   private:
    Socket socket_{::nng_req0_open};
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
    Socket socket_{::nng_rep0_open};
  };
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<Nng>>(argc, argv);
}
