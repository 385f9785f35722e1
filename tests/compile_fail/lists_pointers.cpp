// expect: pactor: PACTOR_ACTOR(Monitor, ...) takes names of methods, as they are
// at most: 120
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};
PACTOR_ACTOR(Monitor, &Monitor::read_status);

}  // namespace app
