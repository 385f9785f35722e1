// expect: pactor: the result of method 'buffer' of class Monitor cannot be sent back
// expect-g++: ResultCannotBeSent<int*
// expect-clang: ResultCannotBeSent<int *
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int* buffer() { return nullptr; }
};
PACTOR_ACTOR(Monitor, buffer);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { static_cast<void>(monitor.ask()->buffer()); }
