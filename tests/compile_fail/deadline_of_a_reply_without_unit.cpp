// The sentence stands where compilers quote it.
// expect: a deadline has a unit: 200ms, by std::chrono_literals
#include <pactor/pactor.hpp>

int use(pactor::Reply<int>& reply) { return reply.get(200); }
