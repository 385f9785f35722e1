// A program that ends without close or join, with work queued.
//
//     exit_subject <where>
//
// Where its actors live: `scope` (of main), `static` (of a function; main returns), `exit` (of a function
// that calls exit), `global` (of a static object), `thread` (of a thread that calls exit).

#include <pactor/pactor.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace app {

class Printer {
 public:
  explicit Printer(std::string name) : name_(std::move(name)) {}
  ~Printer() { std::cout << name_ << " destroyed\n"; }
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  void print(int number) { std::cout << name_ << ' ' << number << '\n'; }

 private:
  std::string name_;
};
PACTOR_ACTOR(Printer, print);

// Two actors with work for a while.
struct Pair {
  Pair() {
    for (int i = 0; i < 1000; ++i) {
      first->print(i);
      second->print(i);
    }
  }
  pactor::Actor<Printer> first{"first"}, second{"second"};
};

std::unique_ptr<Pair> global;

}  // namespace app

namespace {

void keep_static() { static const app::Pair pair; }

[[noreturn]] void exit_with_static() {
  static const app::Pair pair;
  std::exit(0);
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view where = count > 1 ? arguments[1] : "scope";
  if (where == "scope") const app::Pair pair;
  if (where == "static") keep_static();
  if (where == "exit") exit_with_static();
  if (where == "global") app::global = std::make_unique<app::Pair>();
  if (where == "thread") std::thread(exit_with_static).join();
}
