// expect: pactor: these arguments do not fit the parameters of this method
// expect: app::Monitor::rename
// expect: ArgumentDoesNotConvert<2, const char (&)[5], int>
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void rename(int, int) {}
};
PACTOR_ACTOR(Monitor);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor.send<&app::Monitor::rename>(1, "disk"); }
