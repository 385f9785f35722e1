// expect: pactor: the result of this method cannot be sent back: use send<>()
// expect: app::Monitor::buffer
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int* buffer() { return nullptr; }
};
PACTOR_ACTOR(Monitor);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) {
  static_cast<void>(monitor.ask<&app::Monitor::buffer>());
}
