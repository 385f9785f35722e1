// Two processes and two pipes, one each way, of the usual 64 KiB.
#include "byte_stream.hpp"

#include <fcntl.h>

namespace bench::peers {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe2");
  return ends;
}

std::pair<End, End> make_pipes() {
  const auto there = make_pipe();
  const auto back = make_pipe();
  return {{.in = back[0], .out = there[1]}, {.in = there[0], .out = back[1]}};
}

}  // namespace
}  // namespace bench::peers

int main(int argc, char** argv) {
  using namespace bench::peers;
  return measure<Processes<ByteStream<make_pipes>>>(argc, argv);
}
