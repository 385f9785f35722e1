#include "floors_run.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace bench {

Floors run_floors() {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("floors");
  if (!std::filesystem::exists(program)) {
    throw std::runtime_error(program.string() + " is missing: build the target pactor_floors");
  }
  // The path goes by the environment, for then the shell need not be protected from it.
  ::setenv("PACTOR_FLOORS", program.c_str(), /*overwrite=*/1);
  const std::unique_ptr<FILE, int (*)(FILE*)> out(::popen("exec \"$PACTOR_FLOORS\" 1", "re"),
                                                  &::pclose);
  if (out == nullptr) throw std::runtime_error("cannot run " + program.string());
  Floors floors;
  const auto json = nlohmann::json::parse(out.get());
  for (const auto& [name, spread] : json.items()) floors[name] = spread.at("median").get<double>();
  return floors;
}

}  // namespace bench
