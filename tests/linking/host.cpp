// A program that knows nothing of pactor, and opens a plug-in that has actors.
//
//     host <plug-in> [thread | init-thread [<another plug-in, which uses them then>] | close]
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <latch>
#include <string_view>
#include <thread>

namespace {

using Function = void (*)();

Function function_of(const char* plugin, const char* name) {
  void* opened = ::dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) {
    std::printf("%s\n", ::dlerror());
    std::exit(1);
  }
  return reinterpret_cast<Function>(::dlsym(opened, name));
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 2 ? arguments[2] : "";
  const Function begin = function_of(arguments[1], "plugin_begin");
  const Function use = function_of(arguments[count > 3 ? 3 : 1], "plugin_use");
  if (verb == "close") {
    use();
    void* plugin = ::dlopen(arguments[1], RTLD_NOW);  // for the third time
    for (int i = 0; i < 3; ++i) ::dlclose(plugin);
    if (::dlopen(arguments[1], RTLD_NOW | RTLD_NOLOAD) == nullptr) std::printf("gone\n");
    return 0;
  }
  if (verb == "init-thread") begin();
  if (verb.ends_with("thread")) {
    std::latch go{1};
    std::thread bystander([&] { go.wait(); });
    use();
    go.count_down();
    bystander.join();
  } else {
    use();
    use();
  }
}
