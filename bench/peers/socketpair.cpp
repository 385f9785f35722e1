// Two processes and a pair of stream sockets in the file system's domain.
#include "byte_stream.hpp"

#include <sys/socket.h>

namespace bench::peers {
namespace {

std::pair<End, End> make_socketpair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  return {{.in = ends[0], .out = ends[0]}, {.in = ends[1], .out = ends[1]}};
}

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<ByteStream<make_socketpair>>>(argc, argv);
}
