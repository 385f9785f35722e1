// The sentence stands where compilers quote it.
// expect: a deadline has a unit: 200ms, by std::chrono_literals
#include <pactor/pactor.hpp>

namespace app {

class Monitor {};

}  // namespace app

bool use(pactor::Actor<app::Monitor>& monitor) { return monitor.join(0.5).has_value(); }
