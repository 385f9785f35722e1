// A plug-in that has actors, in a host that knows nothing of them.
#include <pactor/pactor.hpp>

#include <cstdio>
#include <string>

namespace plugin {

const std::string greeting = std::string("hello from ") + "an actor of a plug-in";

class Greeter {
 public:
  std::string greet() const { return greeting; }
};
PACTOR_ACTOR(Greeter, greet);

}  // namespace plugin

extern "C" void plugin_begin();
extern "C" void plugin_begin() { pactor::init(); }

extern "C" void plugin_use();
extern "C" void plugin_use() {
  try {
    pactor::Actor<plugin::Greeter> greeter;
    std::printf("%s\n", greeter.ask()->greet().get().c_str());
  } catch (const pactor::Error& error) {
    std::printf("error: %s\n", error.what());
  }
}
