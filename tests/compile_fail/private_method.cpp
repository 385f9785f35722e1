// expect: pactor: no public method 'reset' of class Monitor takes these arguments
// expect: make the one that does public
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}

 private:
  void reset() {}
};
PACTOR_ACTOR(Monitor, read_status, reset);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->reset(); }
