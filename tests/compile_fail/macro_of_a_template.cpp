// expect: pactor: Cell is a class template: write PACTOR_ACTOR_TEMPLATE((class T), Cell, (T), method, ...);
// at most: 130
#include <pactor/pactor.hpp>

namespace app {

template <class T>
class Cell {
 public:
  void put(T) {}
};
PACTOR_ACTOR(Cell, put);

}  // namespace app
