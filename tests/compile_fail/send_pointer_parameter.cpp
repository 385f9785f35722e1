// expect: pactor: a parameter of this method cannot be sent to another process
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_into(int*) {}
};

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) {
  int status = 0;
  monitor.send<&app::Monitor::read_into>(&status);
}
