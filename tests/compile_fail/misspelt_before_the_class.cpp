// The macro cannot know; the first use does.
// expect: pactor: class Monitor has no method 'raed_status', which PACTOR_ACTOR lists
#include <pactor/pactor.hpp>

namespace app {

class Monitor;
PACTOR_ACTOR(Monitor, last, raed_status);
class Monitor {
 public:
  void read_status() {}
  int last() const { return 0; }
};

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { static_cast<void>(monitor.ask()->last()); }
