// A program of somebody else's, as small as one with an actor can be.
#include <pactor/pactor.hpp>

#include <iostream>

class Counter {
 public:
  void add(int n) { total_ += n; }
  int total() const { return total_; }

 private:
  int total_ = 0;
};
PACTOR_ACTOR(Counter, add, total);

int main() {
  pactor::Actor<Counter> counter;
  counter->add(3);
  std::cout << "pactor " PACTOR_VERSION ": " << counter.ask()->total().get() << '\n';
}
