// expect-g++: unable to deduce 'auto' from 'monitor.pactor::Proxy<app::Monitor>
// expect-clang: reference to non-static member function must be called
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { auto f = monitor->read_status; }
