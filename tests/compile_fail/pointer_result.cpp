// expect: pactor: the result of method 'buffer' of class Monitor cannot be sent back
#include <pactor/proxy.hpp>

namespace app {

class Monitor {
 public:
  int* buffer() { return nullptr; }
};
PACTOR_ACTOR(Monitor, buffer);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { static_cast<void>(monitor.ask()->buffer()); }
