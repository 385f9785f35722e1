// The compilers' own text: it names the unit.
// expect: std::chrono::nanoseconds
// expect-g++: no matching function for call to 'pactor::Reply<int>::get(int)'
// expect-clang: no matching member function for call to 'get'
#include <pactor/pactor.hpp>

int use(pactor::Reply<int>& reply) { return reply.get(200); }
