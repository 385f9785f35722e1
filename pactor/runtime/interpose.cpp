// The way in of ordinary programs.
//
// The C library's start code calls __libc_start_main with the program's main. The linker takes this
// definition before the C library's; it starts the runtime between the static initialisers, which the
// original runs, and main. (A constructor function of the library would be too early: static objects of
// the program would not be there yet in the actors.)
//
// In the static library it is weak, and in a file of its own: a fully static link takes the C library's, which comes
// with memcpy and others. Such a program starts lazily, or by wrapped_main.cpp. In the shared library it is found
// if that is loaded before libc: where the program itself is linked with it, not where only a plug-in is.
#include <pactor/runtime/start.hpp>

#include <dlfcn.h>

namespace {

using Main = int (*)(int, char**, char**);
Main program_main = nullptr;  // NOLINT: what the C library hands over, once, before any thread

int start_then_main(int argc, char** argv, char** envp) {
  pactor::runtime::start_before_main();
  return program_main(argc, argv, envp);
}

}  // namespace

// A second reason to take this file from the archive: the target pactor::static asks programs to have it. mold
// would prefer libc's definition, which is not weak, if the one below had yet to be fetched from an archive.
extern "C" const char pactor_comes_before_main;
extern "C" const char pactor_comes_before_main = 1;

extern "C" [[gnu::weak]] int __libc_start_main(Main main, int argc, char** argv, void (*init)(),
                                               void (*fini)(), void (*rtld_fini)(),
                                               void* stack_end) {
  pactor::runtime::expect_main();
  program_main = main;
  const auto original =
      reinterpret_cast<decltype(&__libc_start_main)>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  return original(&start_then_main, argc, argv, init, fini, rtld_fini, stack_end);
}

namespace {

bool in_this_object(void* address) {
  Dl_info there{};
  Dl_info here{};
  return ::dladdr(address, &there) != 0 &&
         ::dladdr(reinterpret_cast<void*>(&start_then_main), &here) != 0 &&
         there.dli_fbase == here.dli_fbase;
}

// The initialisers of shared libraries run before the start code. This comes first of those that can use
// actors, and does the same for them as expect_main() above does for the program's: where the definition
// here is the one that the program finds, main is still to come. (Its address would not do: linked
// without -Bsymbolic-functions, this object itself would find libc's under the name.)
[[gnu::constructor]] void expect_main_in_a_shared_library() {
  void* const found = ::dlsym(RTLD_DEFAULT, "__libc_start_main");
  if (found != nullptr && in_this_object(found)) pactor::runtime::expect_main();
}

}  // namespace
