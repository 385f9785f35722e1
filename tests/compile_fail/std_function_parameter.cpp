// expect: pactor: a parameter of method 'run' of class Monitor cannot be sent to another process
// expect: ParameterCannotBeSent<1, std::function<void
// expect: send what a lambda captures
#include <pactor/pactor.hpp>

#include <functional>

namespace app {

class Monitor {
 public:
  void run(std::function<void()> work) { work(); }
};
PACTOR_ACTOR(Monitor, run);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) {
  int here = 0;
  monitor->run([&here] { ++here; });
}
