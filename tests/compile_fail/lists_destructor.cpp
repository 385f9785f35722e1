// expect: pactor: PACTOR_ACTOR(Monitor, ...) takes names of methods, as they are
// expect: no destructor (close() calls it)
// at most: 130
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  ~Monitor() {}
};
PACTOR_ACTOR(Monitor, ~Monitor);

}  // namespace app
