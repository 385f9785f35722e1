#include <pactor/runtime/module.hpp>

#include <pactor/os/failure.hpp>

#include <dlfcn.h>
#include <link.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <span>

namespace pactor::runtime {

namespace {

// Calls use(info) for each module until it returns true.
template <class Use>
void for_each_module(Use use) {
  ::dl_iterate_phdr([](dl_phdr_info* info, std::size_t,
                       void* argument) { return (*static_cast<Use*>(argument))(*info) ? 1 : 0; },
                    &use);
}

bool contains(const dl_phdr_info& module, std::uint64_t address) {
  for (const ElfW(Phdr) & segment : std::span(module.dlpi_phdr, module.dlpi_phnum)) {
    const std::uint64_t begin = module.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address - begin < segment.p_memsz) return true;
  }
  return false;
}

// Empty: it has none.
std::vector<std::byte> build_id(const dl_phdr_info& module) {
  const auto padded = [](std::size_t bytes) { return (bytes + 3) / 4 * 4; };
  for (const ElfW(Phdr) & segment : std::span(module.dlpi_phdr, module.dlpi_phnum)) {
    if (segment.p_type != PT_NOTE) continue;
    const auto* at = reinterpret_cast<const std::byte*>(module.dlpi_addr + segment.p_vaddr);
    const std::byte* const end = at + segment.p_memsz;
    while (static_cast<std::size_t>(end - at) > sizeof(ElfW(Nhdr))) {
      ElfW(Nhdr) note;
      std::memcpy(&note, at, sizeof note);
      const std::byte* const name = at + sizeof note;
      const std::byte* const content = name + padded(note.n_namesz);
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof ELF_NOTE_GNU &&
          std::memcmp(name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0) {
        return {content, content + note.n_descsz};
      }
      at = content + padded(note.n_descsz);
    }
  }
  return {};
}

std::string absolute(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), &std::free);
  if (real) return real.get();
  const int error = errno;
  os::fail("cannot find the library " + path +
               ", which has the actor's class and was opened after the program's start; open "
               "libraries by absolute paths, and leave their files in place",
           error);
}

}  // namespace

Modules Modules::loaded() {
  Modules all;
  for_each_module([&](const dl_phdr_info& module) {
    all.modules_.push_back({.base = module.dlpi_addr, .name = module.dlpi_name});
    all.opened_ = module.dlpi_adds;
    all.closed_ = module.dlpi_subs;
    return false;
  });
  return all;
}

Code Modules::describe(std::uint64_t address) const {
  Code code{.address = address};
  std::optional<Module> later;
  for_each_module([&](const dl_phdr_info& info) {
    if (info.dlpi_adds == opened_ && info.dlpi_subs == closed_) return true;  // nothing is new
    if (!contains(info, address)) return false;
    const Module module{.base = info.dlpi_addr, .name = info.dlpi_name};
    if (std::find(modules_.begin(), modules_.end(), module) == modules_.end()) {
      later = module;
      code.build_id = build_id(info);
    }
    return true;
  });
  if (!later) return code;
  code.path = absolute(later->name);
  if (code.build_id.empty()) {
    throw Error(
        "pactor: the library " + code.path +
        ", which has the actor's class and was opened after the program's start, has no build "
        "id to recognise it by; link it with -Wl,--build-id");
  }
  code.address -= later->base;
  return code;
}

std::uint64_t code_address(const Code& code) {
  if (code.path.empty()) return code.address;
  // By name: a plain call would have the linker warn whoever links statically, where it finds nothing.
  const auto open = reinterpret_cast<decltype(&::dlopen)>(::dlsym(RTLD_DEFAULT, "dlopen"));
  if (open == nullptr) throw Error("pactor: this program cannot open libraries: " + code.path);
  // Lazily: whatever the program's own way was, this asks for no more.
  void* library = open(code.path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(
        "pactor: the actor cannot open the library of its class, which its creator opened after "
        "the program's start (have it opened before pactor::init(), or linked to the program): " +
        std::string(::dlerror()));
  }
  link_map* map = nullptr;
  ::dlinfo(library, RTLD_DI_LINKMAP, static_cast<void*>(&map));
  std::vector<std::byte> found;
  for_each_module([&](const dl_phdr_info& info) {
    if (info.dlpi_addr != map->l_addr) return false;
    found = build_id(info);
    return true;
  });
  if (found != code.build_id) {
    throw Error("pactor: the library " + code.path +
                " is another one than when the program opened it (its build id differs); start the "
                "program anew after an installation");
  }
  return map->l_addr + code.address;
}

}  // namespace pactor::runtime
