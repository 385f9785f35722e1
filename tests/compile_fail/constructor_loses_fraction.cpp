// expect: pactor: the actor's constructor takes a whole number where a floating one is given
// expect: FractionWouldBeLost<double>
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  explicit Monitor(int) {}
};
PACTOR_ACTOR(Monitor);

}  // namespace app

void use() { pactor::Actor<app::Monitor> monitor{3.7}; }
