// expect: pactor: PACTOR_ACTOR(app::Monitor, ...) takes the class's own name and stands in its namespace
// at most: 130
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};

}  // namespace app

PACTOR_ACTOR(app::Monitor, read_status);
