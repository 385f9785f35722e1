// expect: pactor: no public method 'set' of class Monitor takes these arguments
// expect: app::Point
#include <pactor/pactor.hpp>

namespace app {

struct Point {
  int x, y;
};

class Monitor {
 public:
  void set(int) {}
  void set(int, int) {}
};
PACTOR_ACTOR(Monitor, set);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->set(app::Point{1, 2}); }
