// expect-g++: redefinition of 'struct app::pactor_methods_of_Monitor::last'
// expect-clang: redefinition of 'last'
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int last() const { return 0; }
};
PACTOR_ACTOR(Monitor, last, last);

}  // namespace app
