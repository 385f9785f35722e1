// A library that brings classes of its own, opened by a program that has been running for a while.
// PACTOR_LATE_VERSION tells its builds apart.
#include "late.hpp"

#include <cstdlib>
#include <string>

namespace late {

// What a static initialiser of the library comes to if it tries to create an actor, in the program and in
// each actor that opens the library; empty if it is not to try.
const std::string tried = [] {
  if (std::getenv("PACTOR_TEST_EARLY") == nullptr) return "";
  try {
    pactor::Actor<Host>{};
    return "created; ";
  } catch (const pactor::Error&) {
    return "refused; ";
  }
}();

const std::string version = std::string("version ") + PACTOR_LATE_VERSION;

class Stranger;
PACTOR_ACTOR(Stranger, describe, child, meet);
class Stranger {
 public:
  explicit Stranger(int number) : number_(number) {}
  std::string describe() const { return tried + version + ", number " + std::to_string(number_); }
  // An actor of the library that creates one of its own.
  std::string child() const {
    pactor::Actor<Stranger> child{number_ + 1};
    return child.ask()->describe().get();
  }
  int meet(pactor::Proxy<Host> host) const { return host.ask()->number().get(); }

 private:
  int number_;
};

}  // namespace late

// In `text`: what came of it.
extern "C" void late_use(std::string& text, const pactor::Proxy<late::Host>& host);
extern "C" void late_use(std::string& text, const pactor::Proxy<late::Host>& host) {
  try {
    pactor::Actor<late::Stranger> stranger{41};
    text = late::tried + stranger.ask()->describe().get() +
           "; child: " + stranger.ask()->child().get();
    text += "; met " + std::to_string(stranger.ask()->meet(host).get());
  } catch (const pactor::Error& error) {
    text += "; error: " + std::string(error.what());
  }
}
