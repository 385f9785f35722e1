// expect: pactor: PACTOR_ACTOR(Monitor, ...) takes names of methods, as they are
// expect: no operator (give the class a method that calls it)
// at most: 130
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void operator()(int) {}
};
PACTOR_ACTOR(Monitor, operator());

}  // namespace app
