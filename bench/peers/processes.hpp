// A peer (see workload.hpp) that sends messages between processes, from the little that tells such peers apart.
//
// A transport is a class with these. All messages on a wire have one size, each side says its own ends
// after it has been forked, and whoever takes messages does so before others send any.
//
//     Wire(nth, bytes, use)    what exists before any process does: names, queues, descriptors
//     Sender(wire)
//       send(message)            returns when the message is on its way; waits if the receiver is far behind
//       flush()                  optional: nothing stays behind in a buffer
//     Receiver(wire)
//       receive(n, f)            calls f(message) for each of the next n
//     Asker(wire)
//       ask(question)            returns the answer, one word
//     Answerer(wire)
//       serve(f)                 answers each question with f(question), for ever
//     turn()                   optional, of a Sender or a Receiver: does what has to be done while it is idle
//     others_cpu_ns()          optional: user and system time of processes besides, such as a server
//     kCrowd
#pragma once

#include "child.hpp"
#include "message.hpp"
#include "workload.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace bench::peers {

// What a wire is for: questions, many messages at once, or one message at a time that nobody answers.
enum class Use { ask, stream, hand_on };

template <class Sender>
void flush(Sender& sender) {
  if constexpr (requires { sender.flush(); }) sender.flush();
}

// What the parent wants next of a process that has such an end of a wire.
template <class End>
std::uint64_t next_order(const Orders& orders, End& end) {
  if constexpr (requires { end.turn(); }) {
    while (!orders.wait_a_millisecond()) end.turn();
  }
  return orders.next();
}

template <class Transport>
double others_cpu_ns() {
  if constexpr (requires { Transport::others_cpu_ns(); }) {
    return Transport::others_cpu_ns();
  } else {
    return 0;
  }
}

template <class Transport>
struct Processes {
  static constexpr int kCrowd = Transport::kCrowd;
  using Wire = typename Transport::Wire;

  [[nodiscard]] static double standing_cpu_ns() {
    return bench::cpu_ns(::getpid()) + others_cpu_ns<Transport>();
  }

  class Pair {
   public:
    explicit Pair(std::size_t bytes)
        : wire_(0, bytes, Use::ask),
          answerer_(cpu(1), [this](const Orders& orders) { answer(orders); }),
          question_(bytes) {
      // Not before the fork, for few libraries survive one.
      static_cast<void>(answerer_.report());
      asker_.emplace(wire_);
    }

    void ask(std::uint64_t count, Samples* each) {
      for (std::uint64_t i = 0; i < count; ++i) {
        if (each == nullptr) {
          ask_once();
        } else {
          const Stopwatch watch;
          ask_once();
          each->push_back(watch.ns());
        }
      }
    }

    void ask_once() {
      question_.set(++asked_);
      if (asker_->ask(question_.message()) != question_.checksum_with(asked_)) {
        throw std::runtime_error("a wrong answer");
      }
    }

    void settle() const { answerer_.settle(); }
    [[nodiscard]] double cpu_ns() const { return standing_cpu_ns() + answerer_.cpu_ns(); }

   private:
    void answer(const Orders& orders) {
      typename Transport::Answerer answerer(wire_);
      orders.report();
      answerer.serve(checksum);
    }

    Wire wire_;  // first: a server that it starts is not pinned
    const Pinned here_{cpu(0)};
    Child answerer_;
    std::optional<typename Transport::Asker> asker_;
    Numbered question_;
    std::uint64_t asked_ = 0;
  };

  // The senders, too, are processes of their own, and share the first CPU.
  class Stream {
   public:
    Stream(std::size_t bytes, int senders)
        : wire_(0, bytes, Use::stream),
          receiver_(cpu(1), [this](const Orders& orders) { receive(orders); }) {
      static_cast<void>(receiver_.report());
      for (int i = 0; i < senders; ++i) {
        senders_.emplace_back(cpu(0), [&](const Orders& orders) { send(orders, bytes); });
      }
      for (const Child& sender : senders_) static_cast<void>(sender.report());
    }

    void run(std::uint64_t count) {
      receiver_.order(count * senders_.size());
      for (const Child& sender : senders_) sender.order(count);
      if (receiver_.report() != senders_.size() * (count * (count + 1) / 2)) {
        throw std::runtime_error("messages were lost or damaged");
      }
      for (const Child& sender : senders_) static_cast<void>(sender.report());
    }

    [[nodiscard]] double cpu_ns() const {
      double sum = others_cpu_ns<Transport>() + receiver_.cpu_ns();
      for (const Child& sender : senders_) sum += sender.cpu_ns();
      return sum;
    }

   private:
    void receive(const Orders& orders) {
      typename Transport::Receiver receiver(wire_);
      orders.report();
      for (;;) {
        std::uint64_t sum = 0;
        receiver.receive(next_order(orders, receiver),
                         [&sum](Message message) { sum += first_word(message); });
        orders.report(sum);
      }
    }

    void send(const Orders& orders, std::size_t bytes) {
      typename Transport::Sender sender(wire_);
      Numbered message(bytes);
      for (;;) {
        orders.report();
        const std::uint64_t count = next_order(orders, sender);
        for (std::uint64_t i = 1; i <= count; ++i) {
          message.set(i);
          sender.send(message.message());
        }
        flush(sender);
      }
    }

    Wire wire_;
    Child receiver_;
    std::deque<Child> senders_;
  };

  // A message says how many hops are left. The first unit begins a run and sees its end.
  class Ring {
   public:
    explicit Ring(int units) {
      for (int i = 0; i < units; ++i) wires_.emplace_back(i, sizeof(std::uint64_t), Use::hand_on);
      for (std::size_t i = 0; i < wires_.size(); ++i) {
        units_.emplace_back(std::nullopt, [&](const Orders& orders) { hand_on(i, orders); });
      }
      for (const Child& unit : units_) static_cast<void>(unit.report());
      for (const Child& unit : units_) unit.order();
      for (const Child& unit : units_) static_cast<void>(unit.report());
    }

    void run(std::uint64_t rounds) {
      units_.front().order(rounds);
      if (units_.front().report() != rounds) throw std::runtime_error("a message was lost");
    }

    [[nodiscard]] double cpu_ns() const {
      double sum = others_cpu_ns<Transport>();
      for (const Child& unit : units_) sum += unit.cpu_ns();
      return sum;
    }

   private:
    void hand_on(std::size_t nth, const Orders& orders) {
      typename Transport::Receiver receiver(wires_[nth]);
      orders.report();
      static_cast<void>(next_order(orders, receiver));  // now all of them can be sent to
      typename Transport::Sender next(wires_[(nth + 1) % wires_.size()]);
      orders.report();
      Numbered message(sizeof(std::uint64_t));
      const auto send = [&](std::uint64_t hops_left) {
        message.set(hops_left);
        next.send(message.message());
        flush(next);
      };
      const auto take = [&] {
        std::uint64_t hops_left = 0;
        receiver.receive(1, [&](Message taken) { hops_left = first_word(taken); });
        return hops_left;
      };
      if (nth != 0) {
        for (;;) send(take() - 1);
      }
      for (;;) {
        const std::uint64_t rounds = next_order(orders, receiver);
        std::uint64_t whole = 0;
        for (std::uint64_t hops_left = rounds * wires_.size(); hops_left != 0; ++whole) {
          send(hops_left - 1);
          const std::uint64_t taken = take();
          if (taken != hops_left - wires_.size()) break;
          hops_left = taken;
        }
        orders.report(whole);
      }
    }

    std::deque<Wire> wires_;
    std::deque<Child> units_;
  };

  class Unit {
   public:
    Unit()
        : wire_(made_++, sizeof(std::uint64_t), Use::ask),
          child_(std::nullopt, [this](const Orders& orders) {
            typename Transport::Answerer answerer(wire_);
            orders.report();
            answerer.serve(checksum);
          }) {
      static_cast<void>(child_.report());
    }

    void settle() const { child_.settle(); }
    [[nodiscard]] double cpu_ns() const { return child_.cpu_ns(); }

   private:
    inline static int made_ = 0;
    Wire wire_;
    Child child_;
  };
};

}  // namespace bench::peers
