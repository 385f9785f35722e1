// expect: pactor: a parameter of method 'read_into' of class Monitor cannot be sent to another process
// expect-g++: ParameterCannotBeSent<2, int*, int*, void>
// expect-clang: ParameterCannotBeSent<2, int *
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_into(int, int* status) { *status = 1; }
};
PACTOR_ACTOR(Monitor, read_into);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) {
  int status = 0;
  monitor->read_into(1, &status);
}
