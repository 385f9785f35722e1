// Boost.Interprocess message_queue: a ring of messages in shared memory, under a mutex and two conditions. Two of them for
// questions and answers.
#include "processes.hpp"

#include <boost/interprocess/ipc/message_queue.hpp>

namespace bench::peers {
namespace {

namespace ipc = boost::interprocess;

// As many messages as a sender may be ahead.
std::size_t places(std::size_t bytes) {
  return std::clamp<std::size_t>((1 << 20) / bytes, 2, 1024);
}

// Opened by name, as a process does that was not forked from the one that made it.
class Queue {
 public:
  Queue(const std::string& name, std::size_t bytes)
      : queue_(ipc::open_only, name.c_str()), buffer_(bytes) {}

  void send(Message message) { queue_.send(message.data(), message.size(), 0); }

  Message receive() {
    ipc::message_queue::size_type length = 0;
    unsigned priority = 0;
    queue_.receive(buffer_.data(), buffer_.size(), length, priority);
    return Message(buffer_).first(length);
  }

 private:
  ipc::message_queue queue_;
  std::vector<std::byte> buffer_;
};

struct Boost {
  static constexpr int kCrowd = 500;

  class Wire {
   public:
    Wire(int nth, std::size_t bytes, Use use)
        : bytes(bytes), use_(use), name_(std::to_string(nth)) {
      make("there", bytes);
      if (use == Use::ask) make("back", sizeof(std::uint64_t));
    }
    ~Wire() {
      ipc::message_queue::remove(name("there").c_str());
      if (use_ == Use::ask) ipc::message_queue::remove(name("back").c_str());
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    [[nodiscard]] Queue there() const { return {name("there"), bytes}; }
    [[nodiscard]] Queue back() const { return {name("back"), sizeof(std::uint64_t)}; }

    const std::size_t bytes;

   private:
    [[nodiscard]] std::string name(const char* way) const {
      return Scratch::here().shared_memory(name_ + way);
    }
    void make(const char* way, std::size_t message_bytes) const {
      const std::size_t room = use_ == Use::ask ? 2 : places(message_bytes);
      const ipc::message_queue queue(ipc::create_only, name(way).c_str(), room, message_bytes);
    }

    const Use use_;
    const std::string name_;
  };

  class Sender {
   public:
    explicit Sender(const Wire& wire) : queue_(wire.there()) {}
    void send(Message message) { queue_.send(message); }

   private:
    Queue queue_;
  };

  class Receiver {
   public:
    explicit Receiver(const Wire& wire) : queue_(wire.there()) {}

    template <class F>
    void receive(std::uint64_t count, F f) {
      for (; count > 0; --count) f(queue_.receive());
    }

   private:
    Queue queue_;
  };

  class Asker {
   public:
    explicit Asker(const Wire& wire) : there_(wire.there()), back_(wire.back()) {}

    std::uint64_t ask(Message question) {
      there_.send(question);
      return first_word(back_.receive());
    }

   private:
    Queue there_;
    Queue back_;
  };

  class Answerer {
   public:
    explicit Answerer(const Wire& wire) : there_(wire.there()), back_(wire.back()) {}

    template <class F>
    void serve(F f) {
      for (;;) {
        const std::uint64_t answer = f(there_.receive());
        back_.send(std::as_bytes(std::span(&answer, 1)));
      }
    }

   private:
    Queue there_;
    Queue back_;
  };
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<Boost>>(argc, argv);
}
