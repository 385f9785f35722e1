// expect: pactor: a parameter of method 'pay' of class Monitor cannot be sent to another process
// expect: give a type of your own a pactor::codec
#include <pactor/pactor.hpp>

namespace app {

class Money {
 public:
  explicit Money(long cents) : cents_(cents) {}

 private:
  long cents_;
};

class Monitor {
 public:
  void pay(const Money&) {}
};
PACTOR_ACTOR(Monitor, pay);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->pay(app::Money(3)); }
