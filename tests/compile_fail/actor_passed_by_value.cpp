// The compilers quote the line of actor.hpp that deletes it.
// expect: deleted
// expect: // pactor: one owner: move it, or copy its proxy()
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void read_status() {}
};
PACTOR_ACTOR(Monitor, read_status);

}  // namespace app

void take(pactor::Actor<app::Monitor>);
void use(pactor::Actor<app::Monitor>& monitor) { take(monitor); }
