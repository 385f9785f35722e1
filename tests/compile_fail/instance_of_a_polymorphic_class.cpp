// expect: pactor: this instance cannot be sent to a process of its own
#include <pactor/pactor.hpp>

namespace app {

struct Monitor {
  virtual ~Monitor() = default;
  virtual void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use() { pactor::Actor<app::Monitor> monitor(pactor::Options{}, app::Monitor{}); }
