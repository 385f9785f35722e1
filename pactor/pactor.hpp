// pactor: any ordinary C++ class as an actor in a process of its own. This header is all of it.
//
//     class Counter { int n_ = 0; public: void add(int k) { n_ += k; } int total() const { return n_; } };
//     PACTOR_ACTOR(Counter, add, total);
//
//     int main() {
//       pactor::Actor<Counter> counter;
//       counter->add(3);
//       std::cout << counter.ask()->total().get() << '\n';
//     }
#pragma once

// First, so that compilers name fewer files before they say what is wrong with a PACTOR_ACTOR, or an instance.
#include <pactor/describe.hpp>
#include <pactor/runtime/instance.hpp>

#include <pactor/actor.hpp>
#include <pactor/blob.hpp>
#include <pactor/codec.hpp>
#include <pactor/dead_letter.hpp>
#include <pactor/duration.hpp>
#include <pactor/error.hpp>
#include <pactor/exit.hpp>
#include <pactor/fd.hpp>
#include <pactor/options.hpp>
#include <pactor/program.hpp>
#include <pactor/proxy.hpp>
#include <pactor/reply.hpp>
#include <pactor/self.hpp>
#include <pactor/version.hpp>
