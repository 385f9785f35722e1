// expect: pactor: these arguments do not fit the parameters of method 'set' of class Monitor
// expect-g++: WrongNumberOfArguments<0, 3>
// expect-clang: WrongNumberOfArguments<0, 3>
// at most: 90
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void set(int, int, int = 3) {}
};
PACTOR_ACTOR(Monitor, set);

}  // namespace app

void use(const pactor::Actor<app::Monitor>& monitor) { monitor->set(); }
