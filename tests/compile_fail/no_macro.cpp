// expect: pactor: this class has no PACTOR_ACTOR: write PACTOR_ACTOR(Class, method, ...); in its namespace
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->read_status(); }
