// Cap'n Proto RPC over a socket in the file system's domain: a call for a question, `-> stream` calls for streams.
#include "capnp.capnp.h"
#include "processes.hpp"

#include <capnp/ez-rpc.h>
#include <kj/async.h>

namespace bench::peers {
namespace {

// A message of 64 MiB is more than a reader allows unless told.
const capnp::ReaderOptions kOptions = {.traversalLimitInWords = std::uint64_t{1} << 30};

Message bytes_of(capnp::Data::Reader data) {
  return {reinterpret_cast<const std::byte*>(data.begin()), data.size()};
}

capnp::Data::Reader data_of(Message message) {
  return kj::arrayPtr(reinterpret_cast<const kj::byte*>(message.data()), message.size());
}

// What the server's objects have in common.
struct Served {
  std::function<std::uint64_t(Message)> on_message;  // the answer is used if it was asked
  std::function<void()> on_change = [] {};           // a message or the end of a stream
  int open_streams = 0;
};

class StreamServer final : public schema::Stream::Server {
 public:
  explicit StreamServer(Served& served) : served_(served) { ++served_.open_streams; }
  ~StreamServer() {
    --served_.open_streams;
    served_.on_change();
  }
  KJ_DISALLOW_COPY(StreamServer);

  kj::Promise<void> tell(TellContext context) override {
    served_.on_message(bytes_of(context.getParams().getMessage()));
    return kj::READY_NOW;
  }
  kj::Promise<void> end(EndContext) override { return kj::READY_NOW; }

 private:
  Served& served_;
};

class UnitServer final : public schema::Unit::Server {
 public:
  explicit UnitServer(Served& served) : served_(served) {}

  kj::Promise<void> ask(AskContext context) override {
    context.getResults().setAnswer(served_.on_message(bytes_of(context.getParams().getQuestion())));
    return kj::READY_NOW;
  }
  kj::Promise<void> open(OpenContext context) override {
    context.getResults().setStream(kj::heap<StreamServer>(served_));
    return kj::READY_NOW;
  }

 private:
  Served& served_;
};

// A client's or a server's loop turns only while one of these functions waits in it.
struct Capnp {
  static constexpr int kCrowd = 500;

  struct Wire {
    Wire(int nth, std::size_t, Use use_of_it)
        : address("unix:" + Scratch::here().path(std::to_string(nth)).string()), use(use_of_it) {}
    const std::string address;
    const Use use;
  };

  class Server {
   public:
    explicit Server(const Wire& wire)
        : rpc_(kj::heap<UnitServer>(served_), wire.address, 0, kOptions) {
      rpc_.getPort().wait(scope());  // by then it listens
    }

    [[nodiscard]] kj::WaitScope& scope() { return rpc_.getWaitScope(); }
    [[nodiscard]] Served& served() { return served_; }

   private:
    Served served_;
    capnp::EzRpcServer rpc_;
  };

  class Client {
   public:
    explicit Client(const Wire& wire)
        : rpc_(wire.address, 0, kOptions), unit_(rpc_.getMain<schema::Unit>()) {}

    [[nodiscard]] kj::WaitScope& scope() { return rpc_.getWaitScope(); }
    [[nodiscard]] schema::Unit::Client& unit() { return unit_; }

   private:
    capnp::EzRpcClient rpc_;
    schema::Unit::Client unit_;
  };

  class Sender {
   public:
    explicit Sender(const Wire& wire) : use_(wire.use), client_(wire) {}

    void send(Message message) {
      if (stream_ == nullptr)
        stream_ = client_.unit().openRequest().send().wait(client_.scope()).getStream();
      auto request = KJ_ASSERT_NONNULL(stream_).tellRequest();
      request.setMessage(data_of(message));
      request.send().wait(client_.scope());
    }

    // A stream ends with a call that is answered when all calls before it have been. Then it is let go.
    void flush() {
      if (use_ != Use::stream) return;
      KJ_IF_MAYBE (stream, stream_) stream->endRequest().send().wait(client_.scope());
      stream_ = nullptr;
      client_.scope().poll();
    }

   private:
    const Use use_;
    Client client_;
    kj::Maybe<schema::Stream::Client> stream_;
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) : use_(wire.use), server_(wire) {}

    // Goes on until the streams have been let go, too: by then no answer is left to be sent, and none
    // would be while the loop stands still.
    template <class F>
    void receive(std::uint64_t count, F f) {
      std::uint64_t taken = 0;
      auto all = kj::newPromiseAndFulfiller<void>();
      Served& served = server_.served();
      served.on_change = [&] {
        if (taken == count && (use_ != Use::stream || served.open_streams == 0))
          all.fulfiller->fulfill();
      };
      served.on_message = [&](Message message) {
        f(message);
        ++taken;
        served.on_change();
        return taken;
      };
      all.promise.wait(server_.scope());
      served.on_change = [] {};
      served.on_message = [](Message) -> std::uint64_t {
        throw std::logic_error("more messages than were sent");
      };
    }

   private:
    const Use use_;
    Server server_;
  };

  class Asker {
   public:
    explicit Asker(const Wire& wire) : client_(wire) {}

    std::uint64_t ask(Message question) {
      auto request = client_.unit().askRequest();
      request.setQuestion(data_of(question));
      return request.send().wait(client_.scope()).getAnswer();
    }

   private:
    Client client_;
  };

  class Answerer {
   public:
    explicit Answerer(const Wire& wire) : server_(wire) {}

    template <class F>
    void serve(F f) {
      server_.served().on_message = f;
      kj::Promise<void>(kj::NEVER_DONE).wait(server_.scope());
    }

   private:
    Server server_;
  };
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<Capnp>>(argc, argv);
}
