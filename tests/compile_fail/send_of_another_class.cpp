// expect: pactor: the method is not one of the actor's class
// expect: app::Other::set
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void set(int) {}
};
PACTOR_ACTOR(Monitor, set);

struct Other {
  void set(int) {}
};

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor.send<&app::Other::set>(3); }
