// It belongs beside the type.
// expect: pactor: a parameter of method 'pay' of class Monitor cannot be sent to another process
// expect: give a type of your own a pactor::codec, before this
#include <pactor/pactor.hpp>

namespace app {

class Money {
 public:
  explicit Money(long cents) : cents_(cents) {}
  long cents() const { return cents_; }

 private:
  long cents_;
};

class Monitor {
 public:
  void pay(Money) {}
};
PACTOR_ACTOR(Monitor, pay);

void use(pactor::Proxy<Monitor> monitor) { monitor->pay(Money(3)); }

}  // namespace app

template <>
struct pactor::codec<app::Money> {
  static void encode(Encoder& encoder, const app::Money& money) {
    pactor::encode(encoder, money.cents());
  }
  static app::Money decode(Decoder& decoder) { return app::Money(pactor::decode<long>(decoder)); }
};
