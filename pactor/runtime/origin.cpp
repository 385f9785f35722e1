#include <pactor/runtime/origin.hpp>

#include <pactor/error.hpp>

#include <sys/stat.h>
#include <unistd.h>

namespace pactor::runtime {

std::optional<DirectoryId> directory_id(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return DirectoryId(status.st_dev, status.st_ino);
}

Origin read_origin() {
  Origin origin{
      .resources = os::read_resources(), .root = directory_id("/"), .modules = Modules::loaded()};
  try {
    origin.credentials = os::read_credentials(::getpid(), ::gettid());
  } catch (const Error&) {
    // No /proc in this place: what an actor would have to take over cannot be known, then or now.
  }
  return origin;
}

}  // namespace pactor::runtime
