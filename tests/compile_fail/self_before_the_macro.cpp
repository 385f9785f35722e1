// expect: pactor: this class has no PACTOR_ACTOR
// expect: for calls inside it, before it, behind 'class Class;'
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() { pactor::self(this)->read_status(); }
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app
