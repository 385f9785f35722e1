#include "child.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace bench::peers {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void put(int descriptor, std::uint64_t value) {
  if (::send(descriptor, &value, sizeof value, MSG_NOSIGNAL) != sizeof value) fail("an order");
}

// Nothing if the other side has ended.
std::optional<std::uint64_t> get(int descriptor) {
  std::uint64_t value = 0;
  const ssize_t length = ::recv(descriptor, &value, sizeof value, MSG_WAITALL);
  if (length < 0 && errno != ECONNRESET) fail("a report");
  return length == sizeof value ? std::optional(value) : std::nullopt;
}

}  // namespace

std::uint64_t Orders::next() const {
  const auto value = get(descriptor_);
  if (!value) ::_exit(0);
  return *value;
}

bool Orders::wait_a_millisecond() const {
  pollfd orders{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return ::poll(&orders, 1, 1) == 1;
}

void Orders::report(std::uint64_t result) const { put(descriptor_, result); }

Child::Child(std::optional<int> cpu, const std::function<void(const Orders&)>& body) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    end_with(parent);
    ::close(ends[0]);
    try {
      if (cpu) pin_to(*cpu);
      body(Orders(ends[1]));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    ::_exit(EXIT_FAILURE);
  }
  ::close(ends[1]);
  descriptor_ = ends[0];
}

Child::~Child() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(descriptor_);
}

void Child::order(std::uint64_t value) const { put(descriptor_, value); }

std::uint64_t Child::report() const {
  const auto value = get(descriptor_);
  if (!value) throw std::runtime_error("a process that takes part has ended");
  return *value;
}

void Child::settle() const {
  const auto tasks = "/proc/" + std::to_string(pid_) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    Sleeper(std::stoi(task.path().filename())).wait_until_asleep();
  }
}

}  // namespace bench::peers
