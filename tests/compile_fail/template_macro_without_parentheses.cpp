// expect: pactor: PACTOR_ACTOR_TEMPLATE takes the template's parameters, and its arguments, in parentheses
// at most: 140
#include <pactor/pactor.hpp>

namespace app {

template <class T>
class Cell {
 public:
  void put(T) {}
};
PACTOR_ACTOR_TEMPLATE(class T, Cell, T, put);

}  // namespace app
