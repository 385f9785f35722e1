// expect: pactor: this method takes a whole number where a floating one is given
// expect: app::Monitor::set
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void set(int) {}
};
PACTOR_ACTOR(Monitor, set);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor.send<&app::Monitor::set>(3.7); }
