// CAF: event-based actors in one process, on a scheduler with two threads. Messages are shared, not copied.
#include "message.hpp"
#include "workload.hpp"

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

  // All of them at once; returns when the last has answered.
  void ask_all(const std::deque<Owned>& these, std::uint64_t what) {
    std::vector<caf::response_handle<caf::blocking_actor, caf::message, true>> answers;
    for (const Owned& actor : these)
      answers.push_back(self_->request(*actor, caf::infinite, Go::value, what));
    for (auto& answer : answers) answer.receive([](std::uint64_t) {}, fail);
  }

 private:
  caf::scoped_actor self_{actors()};
};

caf::behavior echo() {
  return {[](std::uint64_t question) { return question; },
          [](const Large& question) { return checksum(std::as_bytes(std::span(question))); }};
}

// Asks so many questions as its job says, each when the one before has been answered, and returns the right answers.
struct Job {
  std::uint64_t count = 0;
  Samples* each = nullptr;
};

class Asker : public caf::event_based_actor {
 public:
  Asker(caf::actor_config& config, caf::actor whom, std::size_t bytes, const Job* job)
      : caf::event_based_actor(config),
        whom_(std::move(whom)),
        job_(*job),
        question_(bytes / 8, 1) {}

  caf::behavior make_behavior() override {
    return {[this](Go) -> caf::result<std::uint64_t> {
      asked_ = right_ = 0;
      done_ = make_response_promise<std::uint64_t>();
      ask();
      return done_;
    }};
  }

 private:
  void ask() {
    if (asked_ == job_.count) {
      done_.deliver(right_);
      return;
    }
    begun_.reset();
    if (job_.each != nullptr) begun_.emplace();
    question_.front() = ++asked_;
    const auto take = [this](std::uint64_t answer) {
      if (begun_) job_.each->push_back(begun_->ns());
      if (answer == asked_ + question_.size() - 1) ++right_;
      ask();
    };
    if (question_.size() == 1) {
      request(whom_, caf::infinite, asked_).then(take);
    } else {
      request(whom_, caf::infinite, question_).then(take);
    }
  }

  const caf::actor whom_;
  const Job& job_;
  Large question_;
  std::uint64_t asked_ = 0;
  std::uint64_t right_ = 0;
  std::optional<Stopwatch> begun_;
  caf::typed_response_promise<std::uint64_t> done_;
};

caf::behavior sink(caf::stateful_actor<std::uint64_t>* self) {
  self->state = 0;
  const auto take = [self](const auto& block) { self->state += block.words.front(); };
  return {[take](const Block<8>& block) { take(block); },
          [take](const Block<64>& block) { take(block); },
          [take](const Block<1024>& block) { take(block); }, [](Mark) { return Mark::value; },
          [self](Count) { return std::exchange(self->state, 0); }};
}

// Mailboxes have no bounds: a sender is at most two stretches of messages ahead of what the sink says that it took.
template <std::size_t Bytes>
class Sender : public caf::event_based_actor {
 public:
  Sender(caf::actor_config& config, caf::actor sink)
      : caf::event_based_actor(config), sink_(std::move(sink)) {}

  caf::behavior make_behavior() override {
    return {[this](Go, std::uint64_t count) -> caf::result<std::uint64_t> {
      count_ = count;
      sent_ = 0;
      done_ = make_response_promise<std::uint64_t>();
      send_stretch();
      send_stretch();
      return done_;
    }};
  }

 private:
  void send_stretch() {
    constexpr std::uint64_t kStretch = 1000;
    if (sent_ == count_) return;
    for (std::uint64_t i = 0; i < kStretch && sent_ < count_; ++i) {
      block_.words.front() = ++sent_;
      send(sink_, block_);
    }
    ++under_way_;
    request(sink_, caf::infinite, Mark::value).then([this](Mark) {
      --under_way_;
      send_stretch();
      if (under_way_ == 0) done_.deliver(sent_);
    });
  }

  const caf::actor sink_;
  Block<Bytes> block_{};
  std::uint64_t count_ = 0;
  std::uint64_t sent_ = 0;
  int under_way_ = 0;
  caf::typed_response_promise<std::uint64_t> done_;
};

// A unit of the ring. A message says how many hops are left; the first unit begins a run, and sees its end.
class Hand : public caf::event_based_actor {
 public:
  explicit Hand(caf::actor_config& config) : caf::event_based_actor(config) {}

  caf::behavior make_behavior() override {
    return {[this](const caf::actor& next) { next_ = next; },
            [this](Go, std::uint64_t hops) -> caf::result<std::uint64_t> {
              done_ = make_response_promise<std::uint64_t>();
              first_ = true;
              send(next_, hops - 1);
              return done_;
            },
            [this](std::uint64_t hops_left) {
              if (first_) ++rounds_;
              if (hops_left > 0) {
                send(next_, hops_left - 1);
              } else {
                done_.deliver(std::exchange(rounds_, 0));
              }
            }};
  }

 private:
  caf::actor next_;
  bool first_ = false;
  std::uint64_t rounds_ = 0;
  caf::typed_response_promise<std::uint64_t> done_;
};

struct Caf {
  static constexpr int kCrowd = 100'000;

  [[nodiscard]] static double standing_cpu_ns() { return bench::cpu_ns(::getpid()); }

  // All are of this process.
  struct InOneProcess {
    [[nodiscard]] static double cpu_ns() { return standing_cpu_ns(); }
  };

  class Pair : public InOneProcess {
   public:
    explicit Pair(std::size_t bytes)
        : echo_(actors().spawn(echo)), asker_(actors().spawn<Asker>(*echo_, bytes, &job_)) {}

    // Both are actors, and may share a thread.
    void ask(std::uint64_t count, Samples* each) {
      job_ = {.count = count, .each = each};
      if (outside_.ask<std::uint64_t>(asker_, Go::value) != count)
        throw std::runtime_error("a wrong answer");
    }

    // From a thread of its own, for an actor that is on the same one needs not be woken.
    void ask_once() {
      ++asked_;
      if (outside_.ask<std::uint64_t>(echo_, asked_) != asked_)
        throw std::runtime_error("a wrong answer");
    }

    // CAF does not say whether its threads sleep. They look for work more and more rarely.
    static void settle() {
      constexpr double kPauseNs = 200e3;
      for (const Stopwatch watch; watch.ns() < kPauseNs;) {
      }
    }

   private:
    Job job_;
    Outside outside_;
    Owned echo_;
    Owned asker_;
    std::uint64_t asked_ = 0;
  };

  class Stream : public InOneProcess {
   public:
    Stream(std::size_t bytes, int senders) : sink_(actors().spawn(sink)) {
      for (int i = 0; i < senders; ++i) senders_.emplace_back(sender_of(bytes));
    }

    void run(std::uint64_t count) {
      outside_.ask_all(senders_, count);
      if (outside_.ask<std::uint64_t>(sink_, Count::value) !=
          senders_.size() * (count * (count + 1) / 2)) {
        throw std::runtime_error("messages were lost or damaged");
      }
    }

   private:
    [[nodiscard]] caf::actor sender_of(std::size_t bytes) const {
      switch (bytes) {
        case 8:
          return actors().spawn<Sender<8>>(*sink_);
        case 64:
          return actors().spawn<Sender<64>>(*sink_);
        default:
          return actors().spawn<Sender<1024>>(*sink_);
      }
    }

    Outside outside_;
    Owned sink_;
    std::deque<Owned> senders_;
  };

  class Ring : public InOneProcess {
   public:
    explicit Ring(int units) {
      for (int i = 0; i < units; ++i) units_.emplace_back(actors().spawn<Hand>());
      for (std::size_t i = 0; i < units_.size(); ++i) {
        caf::anon_send(*units_[i], *units_[(i + 1) % units_.size()]);
      }
    }

    void run(std::uint64_t rounds) {
      if (outside_.ask<std::uint64_t>(units_.front(), Go::value, rounds * units_.size()) !=
          rounds) {
        throw std::runtime_error("a message was lost");
      }
    }

   private:
    Outside outside_;
    std::deque<Owned> units_;
  };

  // Takes messages as soon as it is spawned.
  class Unit {
   public:
    static void settle() {}
    [[nodiscard]] static double cpu_ns() { return 0; }

   private:
    Owned actor_{actors().spawn(echo)};
  };
};

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) { return bench::peers::measure<bench::peers::Caf>(argc, argv); }
