// expect: pactor: an argument of the actor's constructor cannot be sent to its process
// expect-g++: ParameterCannotBeSent<1, int* const&, int*, void>
// expect-clang: ParameterCannotBeSent<1, int *const &, int *, void>
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  explicit Monitor(int*) {}
};
PACTOR_ACTOR(Monitor);

}  // namespace app

void use(int* status) { pactor::Actor<app::Monitor> monitor{status}; }
