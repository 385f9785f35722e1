// An actor under load that is killed from outside at random moments, again and again: each message that
// was accepted is processed once, but those that were being processed.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <sys/mman.h>
#include <array>
#include <atomic>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace app {

constexpr int kSenders = 4;
constexpr int kMessages = 200'000;  // of each sender, at most

// What the worker's processes, one after the other, have done with each message.
struct Book {
  using Row = std::array<std::atomic<std::uint8_t>, kMessages>;
  std::array<Row, kSenders> begun;
  std::array<Row, kSenders> done;

  static Book* open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    void* memory = ::mmap(nullptr, sizeof(Book), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory == MAP_FAILED) std::abort();
    return static_cast<Book*>(memory);
  }
};

class Sink {
 public:
  void add(int sender, int message) {
    got_.at(static_cast<std::size_t>(sender)).push_back(message);
  }
  std::vector<int> of(int sender) const { return got_.at(static_cast<std::size_t>(sender)); }

 private:
  std::array<std::vector<int>, kSenders> got_;
};
PACTOR_ACTOR(Sink, add, of);

class Worker {
 public:
  Worker(std::string book, pactor::Proxy<Sink> sink)
      : book_(Book::open(book)), sink_(std::move(sink)) {}
  void work(int sender, int message) {
    const auto row = static_cast<std::size_t>(sender), at = static_cast<std::size_t>(message);
    ++book_->begun[row][at];
    sink_->add(sender, message);
    ++book_->done[row][at];
  }
  int ready() const { return ::getpid(); }

 private:
  Book* book_;
  pactor::Proxy<Sink> sink_;
};
PACTOR_ACTOR(Worker, work, ready);

// Sends some messages and waits until the worker has come to their end; how often it crashed just then.
int send_to(const pactor::Proxy<Worker>& worker, int sender, int first, int count) {
  for (int i = 0; i < count; ++i) worker->work(sender, first + i);
  try {
    worker.ask()->ready().get();
    return 0;
  } catch (const pactor::ActorDied& death) {
    return death.exit().code == SIGKILL ? 1 : 1'000'000;
  }
}

class Sender {
 public:
  int send(const pactor::Proxy<Worker>& worker, int sender, int first, int count) const {
    return send_to(worker, sender, first, count);
  }
};
PACTOR_ACTOR(Sender, send);

}  // namespace app

namespace {

using namespace processes;
using pactor::Actor;

class RestartUnderLoad : public ProcessTest {};

TEST_F(RestartUnderLoad, KillsAtRandomMomentsLoseNoMessageButThoseInProgress) {
  const int kills = full() ? 400 : 40;
  const int fd = ::memfd_create("book", MFD_CLOEXEC);
  ASSERT_EQ(::ftruncate(fd, sizeof(app::Book)), 0);
  const std::string path = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(fd);
  const app::Book& book = *app::Book::open(path);

  Actor<app::Sink> sink;
  pactor::Options options{.name = "worker"};
  options.restart.max = static_cast<std::uint32_t>(kills);
  Actor<app::Worker> worker{options, path, sink.proxy()};

  // Two threads and two actors send, some at a time, until the kills are done.
  constexpr int kAtOnce = 50;
  std::atomic<bool> enough{false};
  std::array<int, app::kSenders> sent{};
  std::atomic<int> asks_ended{0};
  const auto keep_sending = [&](int sender, auto send) {
    int& count = sent[static_cast<std::size_t>(sender)];
    for (; !enough && count + kAtOnce <= app::kMessages; count += kAtOnce) {
      asks_ended += send(count);
    }
  };
  std::array<Actor<app::Sender>, 2> actors;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < app::kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      if (sender < 2) {
        keep_sending(sender, [&](int first) {
          return app::send_to(worker.proxy(), sender, first, kAtOnce);
        });
      } else {
        const auto& actor = actors[static_cast<std::size_t>(sender - 2)];
        keep_sending(sender, [&](int first) {
          return actor.ask()->send(worker.proxy(), sender, first, kAtOnce).get();
        });
      }
    });
  }
  std::minstd_rand random(std::random_device{}());
  for (int i = 0; i < kills; ++i) {
    const pid_t pid = worker.ask()->ready().get();  // there is a process, and all asks are answered
    for (auto pause = random() % 2'000; pause > 0; --pause) std::this_thread::yield();
    const Watched process(pid);
    send_signal(pid, SIGKILL);
    EXPECT_TRUE(process.ends());
  }
  enough = true;
  for (std::thread& sender : senders) sender.join();
  worker.close();
  EXPECT_TRUE(worker.join().orderly());

  int unfinished = 0, lost = 0;
  for (int sender = 0; sender < app::kSenders; ++sender) {
    const auto row = static_cast<std::size_t>(sender);
    const std::vector<int> got = sink.ask()->of(sender).get();
    std::vector<int> times(app::kMessages);
    for (std::size_t i = 0; i < got.size(); ++i) {
      ++times[static_cast<std::size_t>(got[i])];
      EXPECT_TRUE(i == 0 || got[i - 1] < got[i]) << "out of order, from sender " << sender;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(sent[row]); ++i) {
      EXPECT_LE(book.begun[row][i], 1) << "processed twice: " << i << " of sender " << sender;
      EXPECT_GE(times[i], book.done[row][i]) << "lost what was sent while it ran";
      EXPECT_LE(times[i], book.begun[row][i]);
      unfinished += book.done[row][i] == 0 ? 1 : 0;
      lost += times[i] == 0 ? 1 : 0;
    }
    EXPECT_GT(sent[row], 0);
  }
  EXPECT_LE(unfinished + asks_ended, kills) << "at most one per crash is not processed to its end";
  EXPECT_LE(lost, unfinished);
  RecordProperty("in_progress", unfinished + asks_ended);
  ::close(fd);
}

}  // namespace
