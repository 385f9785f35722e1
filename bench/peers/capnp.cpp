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

// What the server's objects do with a message; the answer is used if it was asked.
using Take = std::function<std::uint64_t(Message)>;

class StreamServer final : public schema::Stream::Server {
 public:
  explicit StreamServer(Take& take) : take_(take) {}

  kj::Promise<void> tell(TellContext context) override {
    take_(bytes_of(context.getParams().getMessage()));
    return kj::READY_NOW;
  }
  kj::Promise<void> end(EndContext) override { return kj::READY_NOW; }

 private:
  Take& take_;
};

class UnitServer final : public schema::Unit::Server {
 public:
  explicit UnitServer(Take& take) : take_(take) {}

  kj::Promise<void> ask(AskContext context) override {
    context.getResults().setAnswer(take_(bytes_of(context.getParams().getQuestion())));
    return kj::READY_NOW;
  }
  kj::Promise<void> open(OpenContext context) override {
    context.getResults().setStream(kj::heap<StreamServer>(take_));
    return kj::READY_NOW;
  }

 private:
  Take& take_;
};

// The calls of a process go out and come in only while it waits in its loop, of which each thread has one.
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
        : rpc_(kj::heap<UnitServer>(take_), wire.address, 0, kOptions) {
      rpc_.getPort().wait(scope());  // by then it listens
    }

    [[nodiscard]] kj::WaitScope& scope() { return rpc_.getWaitScope(); }
    void take_by(Take take) { take_ = std::move(take); }

   private:
    Take take_;
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

    // A stream ends with a call that is answered when all calls before it have been.
    void flush() {
      if (use_ != Use::stream) return;
      KJ_IF_MAYBE (stream, stream_) stream->endRequest().send().wait(client_.scope());
      stream_ = nullptr;
    }

    void turn() { client_.scope().poll(); }

   private:
    const Use use_;
    Client client_;
    kj::Maybe<schema::Stream::Client> stream_;
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) : server_(wire) {
      server_.take_by([this](Message message) { return keep(message); });
    }

    // A message may come before it is waited for: in the loop as it turns for a call of this process.
    template <class F>
    void receive(std::uint64_t count, F f) {
      for (; count > 0 && !early_.empty(); --count, early_.pop_front()) f(early_.front());
      if (count == 0) return;
      auto all = kj::newPromiseAndFulfiller<void>();
      server_.take_by([&](Message message) {
        if (count == 0) return keep(message);
        f(message);
        if (--count == 0) all.fulfiller->fulfill();
        return count;
      });
      all.promise.wait(server_.scope());
      server_.take_by([this](Message message) { return keep(message); });
    }

    void turn() { server_.scope().poll(); }

   private:
    std::uint64_t keep(Message message) {
      early_.emplace_back(message.begin(), message.end());
      return early_.size();
    }

    Server server_;
    std::deque<std::vector<std::byte>> early_;
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
      server_.take_by(f);
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
