// As in a direct call: a warning, at the user's own line, if the user wants such warnings.
// flags: -Wconversion
// expect-success
// expect: narrowing.cpp:19:
// expect-g++: conversion from 'double' to 'int' may change value
// expect-clang: implicit conversion turns floating-point number into integer
#include <pactor/pactor.hpp>

namespace app {

class Monitor {
 public:
  void set(int) {}
};
PACTOR_ACTOR(Monitor, set);

}  // namespace app

void use(pactor::Proxy<app::Monitor> monitor, double value) { monitor->set(value); }
