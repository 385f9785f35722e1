// expect: pactor: PACTOR_ACTOR(Monitor, ...) is here a second time; let one list all
// at most: 90
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
  int last() const { return 0; }
};
PACTOR_ACTOR(Monitor, read_status);
PACTOR_ACTOR(Monitor, last);

}  // namespace app
