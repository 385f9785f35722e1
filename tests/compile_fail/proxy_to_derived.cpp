// A proxy converts to proxies of bases only; the compilers name both.
// expect-g++: could not convert 'base' from
// expect-g++: Proxy<app::Base>' to
// expect-g++: Proxy<app::Derived>'
// expect-clang: no viable conversion from returned value of type 'Proxy<app::Base>' to function return type 'Proxy<app::Derived>'
#include <pactor/pactor.hpp>

namespace app {

struct Base {};
struct Derived : Base {};

}  // namespace app

pactor::Proxy<app::Derived> use(pactor::Proxy<app::Base> base) { return base; }
