// The sentence stands where compilers quote it.
// expect: a deadline has a unit: 200ms, by std::chrono_literals
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int last() const { return 0; }
};
PACTOR_ACTOR(Monitor, last);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { static_cast<void>(monitor.ask(200)->last()); }
