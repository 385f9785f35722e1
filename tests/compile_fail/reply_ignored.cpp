// expect-success
// expect: pactor: nobody would get the answer: call get(), or tell, proxy->method(), without ask()
// expect: reply_ignored.cpp:16:
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  int last() const { return 0; }
};
PACTOR_ACTOR(Monitor, last);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor) { monitor.ask()->last(); }
