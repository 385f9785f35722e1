// expect: pactor: these arguments do not fit the parameters of method 'read_status' of class Monitor
// expect-g++: WrongNumberOfArguments<1, 0>
// expect-clang: WrongNumberOfArguments<1, 0>
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->read_status(3); }
