// One program, linked in each way that programs are linked; see CMakeLists.txt beside it.
//
//     subject [<verb>]
//
// Prints what it finds. With PACTOR_TEST_EARLY=actor or =thread in the environment, a static initialiser
// tries to create an actor, or starts a thread.
#include <pactor/pactor.hpp>

#include <unistd.h>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

// Initialised by code, so constructed in the actors only if those are cloned late enough.
const std::string made_by_an_initialiser = std::string("made") + " before main";

}  // namespace

namespace app {

class Counter {
 public:
  void add(int n) { total_ += n; }
  int total() const { return total_; }
  int fail() const { throw std::out_of_range("thrown over there"); }
  std::string constant() const { return made_by_an_initialiser; }
  int sum_in_a_thread(int a, int b) const {
    int sum = 0;
    std::thread([&] { sum = a + b; }).join();
    return sum;
  }

 private:
  int total_ = 0;
};
PACTOR_ACTOR(Counter, add, total, fail, constant, sum_in_a_thread);

}  // namespace app

namespace {

using app::Counter;

bool has_keeper() {
  std::ifstream children("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  for (int child = 0; children >> child;) {
    std::string name;
    std::ifstream("/proc/" + std::to_string(child) + "/comm") >> name;
    if (name == "pactor-keeper") return true;
  }
  return false;
}

void use_actors() {
  try {
    pactor::Actor<Counter> counter;
    for (int i = 1; i <= 10; ++i) counter->add(i);
    std::cout << "total: " << counter.ask()->total().get() << '\n';
    std::cout << "static object: " << counter.ask()->constant().get() << '\n';
    std::cout << "in a thread: " << counter.ask()->sum_in_a_thread(3, 4).get() << '\n';
    try {
      counter.ask()->fail().get();
    } catch (const std::out_of_range& error) {
      std::cout << "exception: " << error.what() << '\n';
    }
    counter.close();
    std::cout << "end: " << counter.join().explain() << '\n';
  } catch (const pactor::Error& error) {
    std::cout << "error: " << error.what() << '\n';
  }
}

// A thread that is there until this goes.
class Bystander {
 public:
  ~Bystander() {
    go_.count_down();
    thread_.join();
  }

 private:
  std::latch go_{1};
  std::thread thread_{[this] { go_.wait(); }};
};

std::string tried_early;
std::unique_ptr<Bystander> started_early;

const bool early = [] {
  const char* what = std::getenv("PACTOR_TEST_EARLY");
  if (what != nullptr && std::string_view(what) == "thread") {
    started_early = std::make_unique<Bystander>();
  }
  if (what != nullptr && std::string_view(what) == "actor") {
    try {
      pactor::Actor<Counter>{};
    } catch (const pactor::Error& error) {
      tried_early = error.what();
    }
  }
  return true;
}();

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 1 ? arguments[1] : "";
  std::cout << "keeper before main: " << (has_keeper() ? "yes" : "no") << '\n';
  if (!tried_early.empty()) std::cout << "early: " << tried_early << '\n';
  if (verb == "init") pactor::init();
  if (verb == "init" || verb == "thread") {
    const Bystander bystander;
    use_actors();
  }
  use_actors();
  started_early.reset();
}
