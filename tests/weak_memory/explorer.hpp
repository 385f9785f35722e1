// Plays a short scene of a few threads again and again, until it has been played in every way that the C++
// memory model allows, within bounds: in each order of their steps, and with each load reading each value that it
// may, however old. Whoever then waits for ever, reads what nothing orders, or breaks an expectation, is
// found by the one way in thousands in which it happens.
//
//     const Explored all = explore([] {
//       auto world = std::make_shared<World>();
//       return Scene{.threads = {[world] { world->send(); }, [world] { world->receive(); }},
//                    .check = [world] { expect(world->received == 1, "received"); }};
//     });
//     EXPECT_EQ(all.failure, "");
//
// What is explored is the real code, as the compiler has instrumented it for ThreadSanitizer (-fsanitize=thread):
// each access to memory is a call, and of atomic ones it tells the order. instrumented.cpp takes the sanitizer's place.
// The threads are contexts of one thread, which runs one of them at a time. Explored are accesses to shared
// memory; anything else is a thread's own.
//
// The model: each store is kept, with what its thread had seen by then. A load may read any store that is not older
// than what its thread has seen of that word; with acquire it then has seen what the writer had, if that was a
// release. A sequentially consistent load does not read what is older than the latest sequentially consistent store. A
// read-modify-write reads the latest, and keeps up a release. Stores to one word are in the order in which they
// happened, which the language does not demand of relaxed ones. The kernel's comparison before a sleep (futex) has
// seen what was stored before somebody woke the sleepers on that word, and else may read an older value as any load
// may; who is woken has seen what the waker had. Accesses that are not atomic must be ordered.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weak_memory {

struct Scene {
  std::vector<std::function<void()>> threads;
  std::function<void()> check = [] {};  // when all have ended
};

struct Bounds {
  int preemptions = 2;             // how often a thread is interrupted that could go on
  int stale_reads = 2;             // how often a load reads an older value than the latest
  std::uint64_t most = 2'000'000;  // plays; whoever needs more has a scene that is too long
};

struct Explored {
  std::string failure;  // empty: none; else what, and how it came to it
  std::uint64_t plays = 0;
};

Explored explore(const std::function<Scene()>& scene, const Bounds& bounds = {});

// In a thread or check of a scene: ends the exploration if `holds` is false.
void expect(bool holds, const char* what);

}  // namespace weak_memory
