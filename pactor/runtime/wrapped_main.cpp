// The way in of programs that are linked statically, with -Wl,--wrap=main: the start code then calls
// this, between the static initialisers and main. Without that flag the linker leaves this file out.
#include <pactor/runtime/start.hpp>

// Weak, for those who link all of the library whether needed or not.
extern "C" [[gnu::weak]] int __real_main(int argc, char** argv, char** envp);

extern "C" int __wrap_main(int argc, char** argv, char** envp);
extern "C" int __wrap_main(int argc, char** argv, char** envp) {
  pactor::runtime::start_before_main();
  return __real_main(argc, argv, envp);
}
