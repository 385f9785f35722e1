// expect: pactor: this instance cannot be sent to a process of its own, for it holds something that cannot be sent
// expect: mutex
#include <pactor/pactor.hpp>

#include <mutex>

namespace app {

struct Monitor {
  int interval = 1;
  std::mutex mutex;
  void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use(const app::Monitor& here) { pactor::Actor monitor(here); }
