// CAF: event-based actors in one process, on a scheduler with two threads. Messages are shared, not copied.
#include "processes.hpp"

#include <caf/all.hpp>

#include <array>

namespace bench::peers {

// The messages of streams.
template <std::size_t Bytes>
struct Block {
  std::array<std::uint64_t, Bytes / 8> words;
};

}  // namespace bench::peers

// They never leave the process.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::peers::Block<8>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::peers::Block<64>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::peers::Block<1024>)

namespace bench::peers {
namespace {

using Large = std::vector<std::uint64_t>;
using Go = caf::atom_constant<caf::atom("go")>;      // do what your Job says
using Mark = caf::atom_constant<caf::atom("mark")>;  // answer when you have taken what came before
using Count =
    caf::atom_constant<caf::atom("count")>;  // tell the sum of what you took, and begin anew

caf::actor_system& actors() {
  static caf::actor_system_config config;
  static const bool configured = [] {
    config.set("scheduler.max-threads", std::size_t{2});
    return true;
  }();
  static_cast<void>(configured);
  static caf::actor_system system(config);
  return system;
}

[[noreturn]] void fail(const caf::error& error) {
  throw std::runtime_error(actors().render(error));
}

// Ends an actor when it goes out of scope.
class Owned {
 public:
  explicit Owned(caf::actor actor) : actor_(std::move(actor)) {}
  ~Owned() { caf::anon_send_exit(actor_, caf::exit_reason::kill); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  [[nodiscard]] const caf::actor& operator*() const { return actor_; }

 private:
  const caf::actor actor_;
};

// The program's main thread, as it talks to actors.
class Outside {
 public:
  template <class Result, class... Parts>
  Result ask(const Owned& actor, Parts... parts) {
    Result result{};
    self_->request(*actor, caf::infinite, std::move(parts)...)
        .receive([&](const Result& answer) { result = answer; }, fail);
    return result;
  }

 private:
  caf::scoped_actor self_{actors()};
};

caf::behavior echo() {
  return {[](std::uint64_t question) { return question; },
          [](const Large& question) { return checksum(std::as_bytes(std::span(question))); }};
}

// Asks so many questions, each when the one before has been answered.
struct Job {
  std::uint64_t count = 0;
  Samples* each = nullptr;
  std::uint64_t right = 0;
};

class Asker : public caf::event_based_actor {
 public:
  Asker(caf::actor_config& config, caf::actor whom, std::size_t bytes, Job* job)
      : caf::event_based_actor(config),
        whom_(std::move(whom)),
        question_(bytes),
        job_(*job),
        large_(bytes / 8, 1) {}

  caf::behavior make_behavior() override {
    return {[this](Go) -> caf::result<std::uint64_t> {
      asked_ = 0;
      done_ = make_response_promise<std::uint64_t>();
      ask();
      return done_;
    }};
  }

 private:
  void ask() {
    if (asked_ == job_.count) return done_.deliver(job_.right);
    begun_ = job_.each == nullptr ? std::optional<Stopwatch>() : Stopwatch();
    ++asked_;
    if (large_.size() == 1) {
      request(whom_, caf::infinite, asked_).then([this](std::uint64_t answer) {
        take(answer, asked_);
      });
    } else {
      large_.front() = asked_;
      request(whom_, caf::infinite, large_).then([this](std::uint64_t answer) {
        take(answer, asked_ + large_.size() - 1);
      });
    }
  }
  void take(std::uint64_t answer, std::uint64_t expected) {
    if (begun_) job_.each->push_back(begun_->ns());
    if (answer == expected) ++job_.right;
    ask();
  }

  const caf::actor whom_;
  Numbered question_;
  Job& job_;
  Large large_;
  std::uint64_t asked_ = 0;
  std::optional<Stopwatch> begun_;
  caf::typed_response_promise<std::uint64_t> done_;
};

}  // namespace
}  // namespace bench::peers
int main() {}
