// expect: pactor: self() takes this, and not *this
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() { pactor::self(*this); }
};
PACTOR_ACTOR(Monitor);

}  // namespace app
