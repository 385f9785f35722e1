// expect: pactor: the actor's class is only declared here; include its definition
#include <pactor/pactor.hpp>

namespace app {

class Monitor;
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->read_status(); }
