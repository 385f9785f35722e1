// expect: pactor: this instance cannot be sent to a process of its own, for it holds a raw pointer
#include <pactor/pactor.hpp>

#include <string>

namespace app {

struct Monitor {
  std::string name;
  const char* target = nullptr;
  void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void use() { pactor::Actor monitor(app::Monitor{"disk", "sda"}); }
