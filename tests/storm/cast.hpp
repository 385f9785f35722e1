// The actors of a storm.
#pragma once

#include "asks.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace storm {

// Takes messages of every kind, and now and then sends itself one.
class Receiver;
PACTOR_ACTOR(Receiver, take, hold, answer, echo, settle);
class Receiver {
 public:
  Receiver(std::string ledger, std::size_t seat) : book_(open_ledger(ledger), seat) {}

  void take(const Message& message) {
    const Work work(book_, message, Method::take);
    if (message.number % 4 != 0) return;
    book_.send(book_.seat(), Method::echo,
               [this](const Message& own) { pactor::self(this)->echo(own); });
  }
  void echo(const Message& message) { const Work work(book_, message, Method::echo); }
  // With a file that says whose it is.
  void hold(const Message& message, const pactor::Fd& file) {
    const Work work(book_, message, Method::hold);
    std::uint64_t number = 0;
    if (::pread(file.get(), &number, sizeof number, 0) != sizeof number ||
        number != message.number) {
      book_.complain("the descriptor of another message came");
    }
  }
  std::string answer(const Message& message) {
    const Work work(book_, message, Method::answer);
    return answer_to(message, book_.random_size());
  }
  std::string settle(const Message& message) {
    const Work work(book_, message, Method::settle);
    return answer_to(message, 0);
  }

 private:
  Book book_;
};

// Sends to the receivers whatever comes to its mind. A thread of the program may be one, too.
class Sender;
PACTOR_ACTOR(Sender, step, pass_on);
class Sender {
 public:
  Sender(std::string ledger, std::size_t seat, std::vector<pactor::Proxy<Receiver>> receivers)
      : book_(open_ledger(ledger), seat), asks_(book_), receivers_(std::move(receivers)) {}
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  std::string step(const Message& message, const pactor::Proxy<Sender>& neighbour,
                   std::size_t neighbours_seat) {
    const Work work(book_, message, Method::step);
    run(neighbour, neighbours_seat);
    return answer_to(message, 0);
  }
  // To a receiver to which whoever asks for it has sent something: that comes there before this.
  void pass_on(const Message& message, std::size_t receiver) {
    const Work work(book_, message, Method::pass_on);
    tell(receiver, message.cause_from, message.cause);
  }

  // False if a receiver has ended for good.
  bool run(const pactor::Proxy<Sender>& neighbour, std::size_t neighbours_seat) {
    for (int i = 0; i < 64; ++i) {
      const std::size_t to = book_.random(receivers_.size());
      const std::uint64_t kind = book_.random(16);
      if (kind == 0) {
        lend(to);
      } else if (kind == 1) {
        if (const std::uint64_t number = tell(to))
          have_passed_on(neighbour, neighbours_seat, to, number);
      } else if (kind < 6) {
        asks_.send(kFirstReceiver + to, Method::answer,
                   [&](const Message& message) { return receivers_[to].ask()->answer(message); });
      } else {
        tell(to);
      }
      if (asks_.size() >= 16 && !asks_.collect()) return false;
    }
    return asks_.collect();
  }

 private:
  std::uint64_t tell(std::size_t to, std::uint8_t cause_from = kNobody, std::uint64_t cause = 0) {
    return book_.send(
        kFirstReceiver + to, Method::take,
        [&](const Message& message) { receivers_[to]->take(message); }, cause_from, cause);
  }

  void lend(std::size_t to) {
    book_.send(kFirstReceiver + to, Method::hold, [&](const Message& message) {
      pactor::Fd file(::memfd_create("lent", MFD_CLOEXEC));
      if (::write(file.get(), &message.number, sizeof message.number) < 0) std::abort();
      receivers_[to]->hold(message, std::move(file));
    });
  }

  void have_passed_on(const pactor::Proxy<Sender>& neighbour, std::size_t neighbours_seat,
                      std::size_t to, std::uint64_t number) {
    book_.send(
        neighbours_seat, Method::pass_on,
        [&](const Message& message) { neighbour->pass_on(message, to); }, book_.seat(), number);
  }

  Book book_;
  Asks asks_;
  std::vector<pactor::Proxy<Receiver>> receivers_;
};

// Two that have nothing to do with the others: one asks the other, about once a millisecond.
class Answerer {
 public:
  pid_t process() const { return ::getpid(); }
};
PACTOR_ACTOR(Answerer, process);

class Asker;
PACTOR_ACTOR(Asker, go_on);
class Asker {
 public:
  Asker(std::string ledger, std::size_t pair, pactor::Proxy<Answerer> answerer)
      : ledger_(open_ledger(ledger)),
        pair_(ledger_->bystanders[pair]),
        answerer_(std::move(answerer)) {
    pair_.processes[0] = ::getpid();
    pair_.processes[1] = answerer_.ask()->process().get();
  }

  void go_on() {
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};  // for others also want to run
    for (int i = 0; i < 100 && ledger_->stage != Stage::draining; ++i) {
      ::nanosleep(&kPause, nullptr);
      const auto weather = static_cast<std::size_t>(ledger_->weather.load());
      const auto began = std::chrono::steady_clock::now();
      answerer_.ask()->process().get();
      const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
      pair_.latencies[weather].add(static_cast<std::uint64_t>(took.count()));
      ++pair_.asks;
    }
    pactor::self(this)->go_on();
  }

 private:
  Ledger* ledger_;
  Bystanders& pair_;
  pactor::Proxy<Answerer> answerer_;
};

}  // namespace storm
