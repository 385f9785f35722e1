// The conversion would be made inside of pactor, where no warning is seen.
// expect: pactor: no public method 'set' of class Monitor takes these arguments
// expect: double
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void set(int) {}
  void set(int, int) {}
};
PACTOR_ACTOR(Monitor, set);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->set(3.7); }
