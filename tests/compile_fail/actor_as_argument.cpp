// expect: pactor: an argument of the actor's constructor cannot be sent to its process
// expect: of an actor its proxy()
// expect-g++: ParameterCannotBeSent<2, const pactor::Actor<app::Aggregator>&
// expect-clang: ParameterCannotBeSent<2, const pactor::Actor<app::Aggregator> &
#include <pactor/pactor.hpp>

namespace app {

class Aggregator {};

class Monitor {
 public:
  Monitor(int, const pactor::Proxy<Aggregator>&) {}
};
PACTOR_ACTOR(Monitor);

}  // namespace app

void use(const pactor::Actor<app::Aggregator>& aggregator) {
  pactor::Actor<app::Monitor> monitor{3, aggregator};
}
