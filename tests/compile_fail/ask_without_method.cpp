// expect-success
// expect: pactor: nothing is asked yet: proxy.ask()->method()
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int last() const { return 0; }
};
PACTOR_ACTOR(Monitor, last);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor.ask(); }
