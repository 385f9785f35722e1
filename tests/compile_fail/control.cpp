// Compiles: what each of the other files here has and breaks one thing of.
// expect-success
#include <pactor/pactor.hpp>

#include <string>

namespace app {

class Before;
PACTOR_ACTOR(Before, read_status);
class Before {
 public:
  void read_status() {}
};

class Monitor {
 public:
  void read_status() {}
  int last() const { return 0; }
  void rename(std::string) {}
};
PACTOR_ACTOR(Monitor, read_status, last, rename);

}  // namespace app

void use(pactor::Proxy<app::Before> before, pactor::Proxy<app::Monitor> monitor) {
  before->read_status();
  monitor->read_status();
  monitor->rename("disk");
  static_cast<void>(monitor.ask()->last());
}
