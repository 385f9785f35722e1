// expect-g++: cannot convert
// expect-clang: no viable conversion from 'int'
#include <pactor/proxy.hpp>

#include <string>

namespace app {

class Monitor {
 public:
  void rename(std::string) {}
};
PACTOR_ACTOR(Monitor, rename);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor->rename(3); }
