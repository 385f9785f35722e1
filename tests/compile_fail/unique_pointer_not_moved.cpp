// As in a direct call.
// expect: deleted
// expect: std::unique_ptr<int
#include <pactor/pactor.hpp>

#include <memory>

namespace app {

class Monitor {
 public:
  void take(std::unique_ptr<int>) {}
};
PACTOR_ACTOR(Monitor, take);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor, std::unique_ptr<int> value) { monitor->take(value); }
