// expect: pactor: Actor<T> takes an ordinary class T
#include <pactor/pactor.hpp>

void use() { pactor::Actor<int> number{3}; }
