#include "explorer.hpp"

#include "choices.hpp"
#include "places.hpp"
#include "play.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace weak_memory {

namespace {

void unmap_all() {
  for (const Mapped& memory : mapped()) ::syscall(SYS_munmap, memory.begin, memory.bytes);
  mapped().clear();
}

}  // namespace

Explored explore(const std::function<Scene()>& scene, const Bounds& bounds) {
  Explored all;
  Choices choices;
  Contended contended;
  for (bool more = true; more && all.failure.empty();) {
    if (++all.plays > bounds.most) {
      all.failure = "there are more plays than the bounds allow";
      break;
    }
    choices.begin();
    clock_ns = 1'000'000'000;
    all.failure = Play(choices, contended, bounds).run(scene());
    unmap_all();
    if (contended.take_grown()) {
      choices = Choices();  // there are more places for interruptions now
    } else {
      more = choices.advance();
    }
  }
  return all;
}

void expect(bool holds, const char* what) {
  const Inside inside;
  if (!holds) play->fail(what);
}

}  // namespace weak_memory
