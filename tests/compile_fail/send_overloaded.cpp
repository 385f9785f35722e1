// No template can take it: the compilers quote a line of proxy.hpp that says what to do.
// expect-g++: no matching function for call to 'pactor::Proxy<app::Monitor>::send<
// expect-clang: no matching member function for call to 'send'
// expect: pactor::pick<int>(&T::method)
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void set(int) {}
  void set(int, int) {}
};
PACTOR_ACTOR(Monitor, set);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor.send<&app::Monitor::set>(3); }
