// What idle_test runs under strace. It marks what is to be counted by a call that fails, whose text strace records.
// Between "begin" and "end":
//
//     busy COUNT           it tells an actor so many messages, and neither side ever waits by pactor's means
//     burst COUNT          the same to an actor that sleeps, and does not get to run meanwhile
//     idle MILLISECONDS    nothing happens, after actors have been busy
#include <pactor/os/memory.hpp>
#include <pactor/pactor.hpp>

#include "tests/process_tree.hpp"

#include <poll.h>
#include <sched.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

class Sink {
 public:
  void add(int n) { total_ += n; }
  long total() const { return total_; }

 private:
  long total_ = 0;
};
PACTOR_ACTOR(Sink, add, total);

// How far sender and receiver of a stream are, for both to see.
struct alignas(4096) Progress {
  std::atomic<long> sent;
  std::atomic<long> handled;
};

// So far is the sender ahead at most. The ring thus always has room.
constexpr long kLead = 1024;
// By then what lies in other rings has been handled.
constexpr long kAllInOneRing = 4 * kLead;

// Is done with a message only when the next one is in its mailbox: so it always finds one. Two of the early ones it keeps
// until the sender is as far ahead as it gets. While it keeps the first, the ring grows, and what is ahead comes to lie
// in several rings; while it keeps the second, all of that has to find room in one. So the ring is as long as it gets.
class Follower {
 public:
  explicit Follower(pactor::Fd memory)
      : memory_(memory, 0, sizeof(Progress), pactor::os::Access::read_write) {}

  void take(long number) {
    auto& progress = *memory_.as<Progress>();
    const long ahead = number == 0 || number == kAllInOneRing ? kLead : 2;
    while (progress.sent < number + ahead) {
    }
    progress.handled = number + 1;
  }
  long handled() const { return memory_.as<Progress>()->handled; }

 private:
  pactor::os::Mapping memory_;
};
PACTOR_ACTOR(Follower, take, handled);

namespace {

void mark(std::string_view text) {
  if (::write(-1, text.data(), text.size()) != -1) std::abort();
}

void yield_until(const std::function<bool()>& condition) {
  while (!condition()) ::sched_yield();
}

// All processes below this one, but that one.
bool others_sleep(pid_t busy) {
  return std::ranges::all_of(processes::descendants_of(::getpid()), [busy](const auto& one) {
    return one.first == busy || processes::asleep(one.first);
  });
}

bool busy(long count) {
  constexpr long kBefore = 20'000;  // until each page of the ring has been written and read
  pactor::Fd memory = pactor::os::create_shared_memory("progress", sizeof(Progress));
  const pactor::os::Mapping mapping(memory, 0, sizeof(Progress), pactor::os::Access::read_write);
  auto& progress = *mapping.as<Progress>();
  pactor::Actor<Follower> follower(std::move(memory));
  for (long i = 0; i < kBefore + count; ++i) {
    if (i == kBefore) {
      yield_until([&] { return others_sleep(follower.pid()); });  // what the start takes is done
      mark("begin");
    }
    while (i - progress.handled >= kLead) {
    }
    follower->take(i);
    progress.sent = i + 1;
  }
  mark("end");
  progress.sent = kBefore + count + 1;  // the last one is followed by none
  return follower.ask()->handled().get() == kBefore + count;
}

bool burst(int count) {
  pactor::Actor<Sink> sink(pactor::Options{.name = "sink"});
  if (sink.ask()->total().get() != 0) return false;
  const auto family = processes::descendants_of(::getpid());
  const pid_t actor =
      std::ranges::find(family, "sink", &std::pair<const pid_t, std::string>::second)->first;
  yield_until([&] { return processes::asleep(actor); });
  ::kill(actor, SIGSTOP);
  yield_until([&] { return !processes::asleep(actor); });
  mark("begin");
  for (int i = 0; i < count; ++i) sink->add(1);
  mark("end");
  ::kill(actor, SIGCONT);
  return sink.ask()->total().get() == count;
}

// Of each process below this one: how often it has stopped running.
std::map<pid_t, std::string> switches() {
  std::map<pid_t, std::string> found;
  for (const auto& [pid, name] : processes::descendants_of(::getpid())) {
    const std::string status = processes::read_file("/proc/" + std::to_string(pid) + "/status");
    found[pid] = status.substr(status.find("voluntary_ctxt_switches"));
  }
  return found;
}

bool idle(int milliseconds) {
  std::vector<pactor::Actor<Sink>> sinks(3);
  for (int i = 0; i < 100; ++i) {
    for (const auto& sink : sinks) {
      sink->add(1);
      if (sink.ask()->total().get() != i + 1) return false;
    }
  }
  yield_until([] { return others_sleep(0); });
  const auto before = switches();
  mark("begin");
  ::poll(nullptr, 0, milliseconds);
  mark("end");
  return others_sleep(0) && switches() == before;  // nobody has run, with system calls or without
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view mode = argv[1];
  const int amount = std::atoi(argv[2]);
  const bool good = mode == "busy" ? busy(amount) : mode == "burst" ? burst(amount) : idle(amount);
  return good ? 0 : 1;
}
