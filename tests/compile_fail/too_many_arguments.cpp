// expect-g++: no matching function for call to
// expect-clang: too many arguments to function call
#include <pactor/proxy.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->read_status(3); }
