// expect: pactor: 'status' of class Monitor cannot be called by a message: it is a data member
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int status = 0;
};
PACTOR_ACTOR(Monitor, status);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->status(); }
