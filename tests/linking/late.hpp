// What a program and a library that it opens later both know.
#pragma once

#include <pactor/pactor.hpp>

namespace late {

// An actor of the program, which the library's actors meet.
class Host {
 public:
  int number() const { return 17; }
};
PACTOR_ACTOR(Host, number);

}  // namespace late
