// NATS: request and reply, publish and subscribe, by way of a server on the loopback interface that this program starts and
// that ends with it.
#include "processes.hpp"

#include <nats/nats.h>

#include <array>
#include <thread>

namespace bench::peers {
namespace {

void check(natsStatus status, const char* what) {
  if (status != NATS_OK)
    throw std::runtime_error(std::string(what) + ": " + ::natsStatus_GetText(status));
}

// With a port that the kernel chooses and a file where the server tells it.
class Server {
 public:
  static const Server& here() {
    static const Server server;
    return server;
  }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] double cpu_ns() const { return bench::cpu_ns(pid_); }

 private:
  Server() {
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      end_with(parent);
      const std::string directory = Scratch::here().path("");
      const std::string log = Scratch::here().path("log");
      ::execlp("nats-server", "nats-server", "--addr", "127.0.0.1", "--port", "-1",
               "--ports_file_dir", directory.c_str(), "--log", log.c_str(), nullptr);
      ::_exit(EXIT_FAILURE);
    }
    const auto ports = Scratch::here().path("nats-server_" + std::to_string(pid_) + ".ports");
    for (const Stopwatch watch; url_.empty();) {
      if (watch.ns() > 10e9) throw std::runtime_error("nats-server does not start");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      read_url(ports);
    }
  }

  // The file is there, but not yet written: no URL, or no end of it.
  void read_url(const std::filesystem::path& ports) {
    std::ifstream in(ports);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const std::size_t begin = text.find("nats://");
    const std::size_t end = begin == std::string::npos ? begin : text.find('"', begin);
    if (end != std::string::npos) url_ = text.substr(begin, end - begin);
  }

  pid_t pid_ = 0;
  std::string url_;
};

template <class T, void (*Destroy)(T*)>
struct Deleter {
  void operator()(T* object) const { Destroy(object); }
};
using OwnedMessage = std::unique_ptr<natsMsg, Deleter<natsMsg, ::natsMsg_Destroy>>;
using Subscription =
    std::unique_ptr<natsSubscription, Deleter<natsSubscription, ::natsSubscription_Destroy>>;

Message bytes_of(const OwnedMessage& message) {
  return {reinterpret_cast<const std::byte*>(::natsMsg_GetData(message.get())),
          static_cast<std::size_t>(::natsMsg_GetDataLength(message.get()))};
}

constexpr int kTooLongMs = 60'000;

OwnedMessage next_of(const Subscription& subscription) {
  natsMsg* message = nullptr;
  check(::natsSubscription_NextMsg(&message, subscription.get(), kTooLongMs),
        "natsSubscription_NextMsg");
  return OwnedMessage(message);
}

// When what is published leaves: at once, or with what follows within a millisecond.
enum class Pace { at_once, gathered };

class Connection {
 public:
  explicit Connection(Pace pace) {
    natsOptions* options = nullptr;
    check(::natsOptions_Create(&options), "natsOptions_Create");
    const std::unique_ptr<natsOptions, Deleter<natsOptions, ::natsOptions_Destroy>> owned(options);
    check(::natsOptions_SetURL(options, Server::here().url().c_str()), "natsOptions_SetURL");
    check(::natsOptions_SetSendAsap(options, pace == Pace::at_once), "natsOptions_SetSendAsap");
    natsConnection* connection = nullptr;
    check(::natsConnection_Connect(&connection, options), "natsConnection_Connect");
    connection_.reset(connection);
  }

  // Returns when the server knows of it.
  [[nodiscard]] Subscription subscribe(const std::string& subject) const {
    natsSubscription* made = nullptr;
    check(::natsConnection_SubscribeSync(&made, connection_.get(), subject.c_str()),
          "natsConnection_SubscribeSync");
    Subscription subscription(made);
    flush();
    return subscription;
  }

  void flush() const { check(::natsConnection_Flush(connection_.get()), "natsConnection_Flush"); }

  // `reply_to` may be empty.
  void publish(const std::string& subject, Message message,
               const std::string& reply_to = "") const {
    const auto length = static_cast<int>(message.size());
    check(reply_to.empty()
              ? ::natsConnection_Publish(connection_.get(), subject.c_str(), message.data(), length)
              : ::natsConnection_PublishRequest(connection_.get(), subject.c_str(),
                                                reply_to.c_str(), message.data(), length),
          "natsConnection_Publish");
  }

  void answer(const OwnedMessage& question, std::uint64_t answer) const {
    publish(::natsMsg_GetReply(question.get()), std::as_bytes(std::span(&answer, 1)));
  }

  [[nodiscard]] OwnedMessage request(const std::string& subject, Message message) const {
    natsMsg* reply = nullptr;
    check(::natsConnection_Request(&reply, connection_.get(), subject.c_str(), message.data(),
                                   static_cast<int>(message.size()), kTooLongMs),
          "natsConnection_Request");
    return OwnedMessage(reply);
  }

 private:
  std::unique_ptr<natsConnection, Deleter<natsConnection, ::natsConnection_Destroy>> connection_;
};

struct Nats {
  static constexpr int kCrowd = 300;

  static double others_cpu_ns() { return Server::here().cpu_ns(); }

  struct Wire {
    Wire(int nth, std::size_t bytes, Use use_of_it)
        : subject("unit." + std::to_string(nth)), use(use_of_it) {
      if (bytes > 1 << 20)
        throw Refused("a NATS server takes 1 MiB at most, unless it is told to take more");
      static_cast<void>(Server::here());
    }
    const std::string subject;
    const Use use;
  };

  // The server drops what a subscriber is too slow for. So every so many messages the sender asks for a word back, and
  // does not go on before it has the one that it asked for before: it is at most twice as many ahead.
  class Sender {
   public:
    explicit Sender(const Wire& wire)
        : subject_(wire.subject),
          use_(wire.use),
          connection_(use_ == Use::stream ? Pace::gathered : Pace::at_once),
          reply_to_("back." + std::to_string(::getpid())),
          replies_(connection_.subscribe(reply_to_)) {}

    void send(Message message) {
      if (++sent_ % kAhead != 0) return connection_.publish(subject_, message);
      connection_.publish(subject_, message, reply_to_);
      if (awaited_) static_cast<void>(next_of(replies_));
      awaited_ = true;
    }

    void flush() const {
      if (use_ == Use::stream) connection_.flush();
    }

   private:
    static constexpr std::uint64_t kAhead = 1000;

    const std::string subject_;
    const Use use_;
    const Connection connection_;
    const std::string reply_to_;
    const Subscription replies_;
    std::uint64_t sent_ = 0;
    bool awaited_ = false;
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) : subscription_(connection_.subscribe(wire.subject)) {}

    template <class F>
    void receive(std::uint64_t count, F f) {
      for (; count > 0; --count) {
        const OwnedMessage message = next_of(subscription_);
        f(bytes_of(message));
        if (::natsMsg_GetReply(message.get()) != nullptr) connection_.answer(message, 0);
      }
    }

   private:
    const Connection connection_{Pace::at_once};
    const Subscription subscription_;
  };

  class Asker {
   public:
    explicit Asker(const Wire& wire) : subject_(wire.subject) {}
    std::uint64_t ask(Message question) const {
      return first_word(bytes_of(connection_.request(subject_, question)));
    }

   private:
    const std::string subject_;
    const Connection connection_{Pace::at_once};
  };

  class Answerer {
   public:
    explicit Answerer(const Wire& wire) : subscription_(connection_.subscribe(wire.subject)) {}

    template <class F>
    void serve(F f) const {
      for (;;) {
        const OwnedMessage question = next_of(subscription_);
        connection_.answer(question, f(bytes_of(question)));
      }
    }

   private:
    const Connection connection_{Pace::at_once};
    const Subscription subscription_;
  };
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<Nats>>(argc, argv);
}
