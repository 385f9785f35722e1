// A program that knows nothing of pactor, and opens a plug-in that has actors.
//
//     host <plug-in> [thread | init-thread]
#include <dlfcn.h>

#include <cstdio>
#include <latch>
#include <string_view>
#include <thread>

int main(int count, char** arguments) {
  const std::string_view verb = count > 2 ? arguments[2] : "";
  void* plugin = ::dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    std::printf("%s\n", ::dlerror());
    return 1;
  }
  const auto begin = reinterpret_cast<void (*)()>(::dlsym(plugin, "plugin_begin"));
  const auto use = reinterpret_cast<void (*)()>(::dlsym(plugin, "plugin_use"));
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
