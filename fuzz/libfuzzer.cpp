// libFuzzer's entry to the target that this program is built for. `wire --seeds DIRECTORY` writes the seeds of
// that target; what else lies there, such as inputs that once found a defect, stays.
#include "target.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace {

void write_seeds(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  for (const pactor::fuzz::Seed& seed : pactor::fuzz::PACTOR_FUZZ_TARGET.seeds()) {
    std::ofstream file(directory / seed.name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(seed.bytes.data()),
               static_cast<std::streamsize>(seed.bytes.size()));
    if (!file) std::exit(1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  if (*count == 3 && std::string_view((*arguments)[1]) == "--seeds") {
    write_seeds((*arguments)[2]);
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pactor::fuzz::begin_input();
  pactor::fuzz::PACTOR_FUZZ_TARGET.run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
