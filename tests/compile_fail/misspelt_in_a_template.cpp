// expect: pactor: class Cell has no method 'gte', which PACTOR_ACTOR lists
#include <pactor/pactor.hpp>

namespace app {

template <class T>
class Cell {
 public:
  void put(T) {}
  T get() const { return {}; }
};
PACTOR_ACTOR_TEMPLATE((class T), Cell, (T), put, gte);

}  // namespace app

void use(pactor::Proxy<app::Cell<int>> cell) { cell->put(3); }
