// expect: pactor: these arguments do not fit the method's parameters
#include <pactor/proxy.hpp>

namespace app {

class Monitor {
 public:
  void rename(int) {}
};

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor.send<&app::Monitor::rename>("disk"); }
