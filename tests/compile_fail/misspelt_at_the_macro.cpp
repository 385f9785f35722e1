// expect: pactor: class Monitor has no method 'raed_status', which PACTOR_ACTOR lists
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};
PACTOR_ACTOR(Monitor, raed_status);

}  // namespace app
