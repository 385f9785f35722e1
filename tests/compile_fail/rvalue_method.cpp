// expect: pactor: 'release' of class Monitor cannot be called by a message
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void release() && {}
};
PACTOR_ACTOR(Monitor, release);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->release(); }
