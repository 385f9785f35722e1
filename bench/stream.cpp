// One-way messages as fast as one sender can send and one actor take them, typed calls and dispatch
// included; sender and actor have a CPU each. The floor is a bare ring with one producer and one
// consumer that copy the same bytes in and out.
//
// The clock stops when the actor has answered how many it took, that is, when all are processed.
#include "bystanders.hpp"
#include "workloads.hpp"

#include <pactor/pactor.hpp>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <stdexcept>

namespace bench {

struct Line {
  std::array<std::uint64_t, 8> words;
};
static_assert(sizeof(Line) == 64);

using Kilobyte = std::array<std::byte, 1024>;

class Sink {
 public:
  explicit Sink(int cpu) { pin_to(cpu); }

  void take_word(std::uint64_t word) { take(word); }
  void take_line(const Line& line) { take(line.words.front()); }
  void take_kilobyte(const Kilobyte& bytes) { take(std::to_integer<std::uint64_t>(bytes.front())); }

  void greet() {}
  std::uint64_t taken() const { return taken_; }
  std::uint64_t sum() const { return sum_; }

 private:
  void take(std::uint64_t value) {
    ++taken_;
    sum_ += value;
  }

  std::uint64_t taken_ = 0;
  std::uint64_t sum_ = 0;
};
PACTOR_ACTOR(Sink, take_word, take_line, take_kilobyte, greet, taken, sum);

// One of several that tell the same sink.
class Source {
 public:
  Source(int cpu, const pactor::Proxy<Sink>& sink) : sink_(sink) { pin_to(cpu); }

  void send(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) sink_->take_word(1);
  }

 private:
  pactor::Proxy<Sink> sink_;
};
PACTOR_ACTOR(Source, send);

namespace {

// `send(proxy)` sends one message; so many others have an idle channel to the same actor.
template <class Send>
Measured stream(std::string_view row, const Effort& effort, Send send, int bystanders = 0) {
  constexpr std::uint64_t kWarmUp = 20'000;
  const Pinned here(cpu(0));
  pactor::Actor<Sink> sink(cpu(1));
  const pactor::Proxy<Sink>& proxy = sink.proxy();
  const Bystanders<Sink> idle(bystanders, proxy);
  std::uint64_t sent = 0;
  const auto run = [&](std::uint64_t count) {
    const Stopwatch watch;
    for (std::uint64_t i = 0; i < count; ++i) send(proxy);
    sent += count;
    if (proxy.ask()->taken().get() != sent) throw std::runtime_error("messages were lost");
    return watch.ns();
  };

  run(kWarmUp);
  const auto count = static_cast<std::uint64_t>(kWarmUp * effort.ns / run(kWarmUp));
  const double cpu_before = cpu_ns(::getpid()) + cpu_ns(sink.pid());
  const double ns = run(count);
  const double cpu = cpu_ns(::getpid()) + cpu_ns(sink.pid()) - cpu_before;
  if (proxy.ask()->sum().get() != sent) throw std::runtime_error("messages were damaged");
  const auto messages = static_cast<double>(count);
  return {
      .row = row, .value = messages / ns * 1e9, .wall_ns = ns / messages, .cpu_ns = cpu / messages};
}

constexpr auto send_word = [](const auto& sink) { sink->take_word(1); };

// What a message costs all who take part, and how long it takes, if so many send at the same time. The sink has a CPU
// of its own; its senders have all the others.
Measured from_sources(std::string_view row, std::size_t sources, const Effort& effort) {
  constexpr std::uint64_t kWarmUp = 20'000;
  pactor::Actor<Sink> sink(cpu(1));
  std::vector<pactor::Actor<Source>> senders;
  for (std::size_t i = 0; i < sources; ++i) {
    const std::size_t others = std::max<std::size_t>(cpus() - 1, 1);
    senders.emplace_back(cpu(i % others == 0 ? 0 : i % others + 1), sink.proxy());
  }
  const auto cpu_of_all = [&] {
    double sum = cpu_ns(sink.pid());
    for (const auto& sender : senders) sum += cpu_ns(sender.pid());
    return sum;
  };
  std::uint64_t sent = 0;
  const auto run = [&](std::uint64_t each) {
    const Stopwatch watch;
    std::vector<pactor::Reply<void>> done;
    done.reserve(sources);
    for (auto& sender : senders) done.push_back(sender.ask()->send(each));
    for (auto& reply : done) reply.get();
    sent += each * sources;
    if (sink.ask()->taken().get() != sent) throw std::runtime_error("messages were lost");
    return watch.ns();
  };
  run(kWarmUp);
  const auto each = static_cast<std::uint64_t>(kWarmUp * effort.ns / run(kWarmUp));
  const double cpu_before = cpu_of_all();
  const double ns = run(each);
  const double cpu = cpu_of_all() - cpu_before;
  const auto messages = static_cast<double>(each * sources);
  return {.row = row, .value = cpu / messages, .wall_ns = ns / messages, .cpu_ns = cpu / messages};
}

}  // namespace

Measured one_sender(const Effort& effort) { return from_sources("one_sender", 1, effort); }
Measured four_senders(const Effort& effort) { return from_sources("four_senders", 4, effort); }

Measured stream_8(const Effort& effort) { return stream("stream_8", effort, send_word); }

Measured stream_64(const Effort& effort) {
  const Line line{{1}};
  return stream("stream_64", effort, [&](const auto& sink) { sink->take_line(line); });
}

Measured stream_1024(const Effort& effort) {
  const Kilobyte kilobyte{std::byte{1}};
  return stream("stream_1024", effort, [&](const auto& sink) { sink->take_kilobyte(kilobyte); });
}

Measured stream_among_idle(const Effort& effort) {
  return stream("stream_8_among_idle", effort, send_word, effort.idle_actors);
}

}  // namespace bench
