// expect-g++: cannot convert
// expect-clang: reference to non-static member function must be called
#include <pactor/proxy.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { auto f = monitor->read_status; }
