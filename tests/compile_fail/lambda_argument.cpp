// expect: pactor: a parameter of method 'run' of class Monitor cannot be sent to another process
// expect: send what a lambda captures
// expect: ParameterCannotBeSent<1, const
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  template <class F>
  void run(F work) {
    work();
  }
};
PACTOR_ACTOR(Monitor, run);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) {
  int here = 0;
  monitor->run([here] { return here; });
}
