// expect: pactor: the actor's class has no public constructor that takes these arguments
// expect: NoConstructorTakes<std::
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  explicit Monitor(int) {}
};
PACTOR_ACTOR(Monitor);

}  // namespace app

void use() { pactor::Actor<app::Monitor> monitor{"disk", 3}; }
