// A proxy converts to proxies of bases only.
// expect-g++: could not convert
// expect-clang: no viable conversion
#include <pactor/pactor.hpp>

namespace app {

class Monitor {};
class Aggregator {};

}  // namespace app

pactor::Proxy<app::Aggregator> use(pactor::Proxy<app::Monitor> monitor) { return monitor; }
