// What idle_test runs under strace. It marks what is to be counted by a call that fails, whose text
// strace records: between "begin" and "end" it sends a stream ("stream COUNT"), or nothing at all
// happens ("idle MILLISECONDS").
#include <pactor/pactor.hpp>

#include "tests/process_tree.hpp"

#include <poll.h>
#include <sched.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

class Sink {
 public:
  void add(int n) { total_ += n; }
  long total() const { return total_; }

 private:
  long total_ = 0;
};
PACTOR_ACTOR(Sink, add, total);

namespace {

void mark(std::string_view text) {
  if (::write(-1, text.data(), text.size()) != -1) std::abort();
}

bool all_sleep() {
  const auto family = processes::descendants_of(::getpid());
  return std::ranges::all_of(family, [](const auto& one) { return processes::asleep(one.first); });
}

bool stream(long count) {
  pactor::Actor<Sink> sink;
  for (int i = 0; i < 1000; ++i) sink->add(1);
  if (sink.ask()->total().get() != 1000) return false;
  mark("begin");
  for (long i = 0; i < count; ++i) sink->add(1);
  const long total = sink.ask()->total().get();
  mark("end");
  return total == 1000 + count;
}

bool idle(int milliseconds) {
  std::vector<pactor::Actor<Sink>> sinks(3);
  for (const auto& sink : sinks) sink->add(1);
  for (const auto& sink : sinks) {
    if (sink.ask()->total().get() != 1) return false;
  }
  while (!all_sleep()) ::sched_yield();
  mark("begin");
  ::poll(nullptr, 0, milliseconds);
  mark("end");
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int amount = std::atoi(argv[2]);
  const bool good = std::string_view(argv[1]) == "stream" ? stream(amount) : idle(amount);
  return good ? 0 : 1;
}
