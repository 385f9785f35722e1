// A tell has no result: the compilers' own text.
// expect-g++: void value not ignored as it ought to be
// expect-clang: cannot initialize a variable of type 'int' with an rvalue of type
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int last() const { return 0; }
};
PACTOR_ACTOR(Monitor, last);

}  // namespace app

int use(pactor::Proxy<app::Monitor> monitor) {
  int last = monitor->last();
  return last;
}
