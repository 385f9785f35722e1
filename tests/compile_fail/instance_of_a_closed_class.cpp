// expect: pactor: this instance cannot be sent to a process of its own, for its class has private members
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  explicit Monitor(int interval) : interval_(interval) {}
  void read_status() {}

 private:
  int interval_;
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use() { pactor::Actor monitor(app::Monitor{3}); }
