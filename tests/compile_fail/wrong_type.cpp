// expect: pactor: these arguments do not fit the parameters of method 'rename' of class Monitor
// expect-g++: ArgumentDoesNotConvert<2, int, std::
// expect-clang: ArgumentDoesNotConvert<2, int, std::basic_string<char>>
#include <pactor/pactor.hpp>

#include <string>

namespace app {

class Monitor {
 public:
  void rename(int, std::string) {}
};
PACTOR_ACTOR(Monitor, rename);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->rename(1, 3); }
