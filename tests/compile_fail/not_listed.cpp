// expect-g++: 'const class pactor::runtime::MethodsListedInPactorActor<app::Monitor, pactor::Tell>' has no member named 'reset'
// expect-clang: no member named 'reset' in 'pactor::runtime::MethodsListedInPactorActor<app::Monitor, pactor::Tell>'
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
  void reset() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->reset(); }
