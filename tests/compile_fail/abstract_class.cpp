// expect: pactor: the actor's class is abstract, so that there is no object of it
// expect: app::Monitor
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  virtual ~Monitor() = default;
  virtual void read_status() = 0;
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use() { pactor::Actor<app::Monitor> monitor; }
