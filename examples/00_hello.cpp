// The smallest whole: one ordinary class, one process of its own, a tell, an ask, an end.
#include <pactor/pactor.hpp>

#include <unistd.h>
#include <iostream>
#include <string>

class Greeter {
 public:
  explicit Greeter(std::string greeting) : greeting_(std::move(greeting)) {}

  void greet(const std::string& whom) {
    ++greeted_;
    std::cout << greeting_ + ", " + whom + ", from process " + std::to_string(::getpid()) + "\n"
              << std::flush;
  }
  int greeted() const { return greeted_; }

 private:
  std::string greeting_;
  int greeted_ = 0;
};
PACTOR_ACTOR(Greeter, greet, greeted);

int main() {
  std::cout << "This is process " << ::getpid() << '\n' << std::flush;

  pactor::Actor<Greeter> greeter{"Hello"};       // Greeter("Hello"), built in a new process
  greeter->greet("world");                       // tell: returns at once
  greeter->greet("stranger");                    // handled after the first
  int greeted = greeter.ask()->greeted().get();  // ask: a Reply<int>; get() waits
  std::cout << "It has greeted " << greeted << '\n' << std::flush;

  greeter.close();                                // finish what was sent, then end
  std::cout << greeter.join().explain() << '\n';  // how it ended
}
