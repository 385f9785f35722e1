// expect: deleted
// expect: // pactor: one owner: move it, or copy what get() gives
#include <pactor/pactor.hpp>

pactor::Reply<int> use(const pactor::Reply<int>& reply) { return reply; }
