// A program with actors that opens a library with more classes while it runs.
//
//     late_host <library> [<change>]
//
// The change is made between opening and using: `remove` the file, `replace:<file>` it, `chdir`.
#include "late.hpp"

#include <dlfcn.h>
#include <unistd.h>
#include <filesystem>
#include <iostream>
#include <latch>
#include <string>
#include <thread>

int main(int count, char** arguments) {
  const std::string path = arguments[1];
  const std::string change = count > 2 ? arguments[2] : "";
  std::latch go{1};
  // Unless the library has a copy of pactor, whose runtime has yet to start, threads are no matter.
  std::thread bystander;
  if (change != "alone") bystander = std::thread([&] { go.wait(); });
  pactor::Actor<late::Host> host;
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::cout << ::dlerror() << '\n';
    return 1;
  }
  using Use = void(std::string&, const pactor::Proxy<late::Host>&);
  const auto use = reinterpret_cast<Use*>(::dlsym(library, "late_use"));
  if (change == "remove") std::filesystem::remove(path);
  if (change.starts_with("replace:")) std::filesystem::rename(change.substr(8), path);
  if (change == "chdir" && ::chdir("/") != 0) return 2;
  std::string text;
  use(text, host.proxy());
  std::cout << text << '\n' << "host: " << host.ask()->number().get() << '\n';
  go.count_down();
  if (bystander.joinable()) bystander.join();
}
