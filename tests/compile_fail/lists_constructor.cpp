// expect: pactor: PACTOR_ACTOR(Monitor, ...) lists the constructor, which is no method
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  explicit Monitor(int) {}
};
PACTOR_ACTOR(Monitor, Monitor);

}  // namespace app
