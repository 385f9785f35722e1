// expect: pactor: the actor's class is only declared here; include its definition
// expect: app::Monitor
#include <pactor/pactor.hpp>

namespace app {

class Monitor;

}  // namespace app

void use() { pactor::Actor<app::Monitor> monitor; }
