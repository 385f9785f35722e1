// expect: pactor: PACTOR_ACTOR(Monitor, ...) stands in another scope than class Monitor
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
  PACTOR_ACTOR(Monitor, read_status);
};

}  // namespace app
