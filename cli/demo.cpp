#include <cli/demo.hpp>

#include <cli/end_of_run.hpp>
#include <cli/monitors.hpp>
#include <cli/print.hpp>
#include <cli/terminal.hpp>
#include <pactor/pactor.hpp>

#include <unistd.h>
#include <string>

namespace cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWithoutTerminal = std::chrono::seconds(5);

std::string invitation(std::optional<milliseconds> run_for, bool keys) {
  std::string text;
  if (run_for) text = "running for " + std::to_string(run_for->count()) + " ms";
  if (keys) text += run_for ? ", or press q to quit" : "press q to quit";
  return text + "\n";
}

// Builds an M in a process that bears its name, and sets it going.
template <class M>
pactor::Actor<M> start(const std::string& name, milliseconds every,
                       const pactor::Proxy<Aggregator>& aggregator) {
  pactor::Actor<M> monitor{pactor::Options{.name = name}, name, every, aggregator};
  const pactor::Proxy<Monitor> proxy = monitor.proxy();
  proxy->read();
  return monitor;
}

// Waits for its end and says how it came; true if it was in order.
template <class T>
bool join(pactor::Actor<T>& actor) {
  const pactor::Exit exit = actor.join();
  print_line("  " + exit.explain());
  return exit.orderly();
}

// All at the same time. A stopped monitor sends itself no further read; a closed actor finishes what
// it was sent and ends.
template <class... M>
bool stop_close_join(pactor::Actor<M>&... monitors) {
  for (const pactor::Proxy<Monitor>& monitor : {pactor::Proxy<Monitor>(monitors.proxy())...}) {
    monitor->stop();
  }
  (monitors.close(), ...);
  bool in_order = true;
  ((in_order = join(monitors) && in_order), ...);
  return in_order;
}

}  // namespace

int demo(const DemoOptions& options) {
  const bool keys = Terminal::has_user();
  const auto run_for = options.run_for || keys ? options.run_for : kWithoutTerminal;
  EndOfRun end;  // before anything else: from here on SIGINT and SIGTERM are for it
  std::optional<Terminal> terminal;
  if (keys) terminal.emplace();

  print_line("program (" + std::to_string(::getpid()) + "): starting five actors, a process each");
  print_line(invitation(run_for, keys));

  pactor::Actor<Aggregator> aggregator{pactor::Options{.name = "aggregator"}};
  auto cpu = start<CpuLoad>("cpu", options.every, aggregator.proxy());
  auto memory = start<Memory>("memory", options.every, aggregator.proxy());
  auto disk = start<Disk>("disk", options.every, aggregator.proxy());
  auto network = start<Network>("network", options.every, aggregator.proxy());

  const std::string why = end.wait(run_for, terminal ? &*terminal : nullptr);
  terminal.reset();

  print_line("\n" + why + ": stop, close and join the monitors, then the aggregator");
  bool in_order = stop_close_join(cpu, memory, disk, network);
  const std::uint64_t taken = aggregator.ask()->taken().get();
  aggregator.close();
  in_order = join(aggregator) && in_order;
  print_line("  it had taken " + std::to_string(taken) + " notifications");
  return in_order ? 0 : 1;
}

}  // namespace cli
