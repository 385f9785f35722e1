// expect: pactor: a parameter of method 'pay' of class Monitor cannot be sent to another process
// expect: app::Money
// expect: ParameterCannotBeSent<1, app::Money, app::Money, void>
#include <pactor/pactor.hpp>

namespace app {

class Money {
 public:
  explicit Money(long cents) : cents_(cents) {}
  long cents() const { return cents_; }

 private:
  long cents_;
};

}  // namespace app

template <>
struct pactor::codec<app::Money> {
  static void encode(Encoder& encoder, const app::Money& money) {
    pactor::encode(encoder, money.cents());
  }
};

namespace app {

class Monitor {
 public:
  void pay(app::Money) {}
};
PACTOR_ACTOR(Monitor, pay);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->pay(app::Money(3)); }
