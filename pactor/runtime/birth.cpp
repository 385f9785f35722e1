#include <pactor/runtime/birth.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/memory.hpp>
#include <pactor/os/process.hpp>
#include <pactor/runtime/actor_memory.hpp>
#include <pactor/runtime/actor_process.hpp>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

namespace pactor::runtime {

namespace {

BirthCertificate read_certificate(const os::Fd& memory) {
  struct stat status{};
  if (::fstat(memory.get(), &status) != 0) os::fail("cannot read a birth certificate");
  const auto bytes = static_cast<std::size_t>(status.st_size);
  const os::Mapping mapping(memory, 0, bytes, os::Access::read);
  wire::Decoder decoder(std::span(mapping.begin(), bytes));
  return wire::decode<BirthCertificate>(decoder);
}

// The strings live as long as the process.
void take_environment(std::vector<std::string> variables) {
  static std::vector<std::string> strings;
  static std::vector<char*> pointers;
  strings = std::move(variables);
  pointers.clear();
  for (std::string& variable : strings) pointers.push_back(variable.data());
  pointers.push_back(nullptr);
  environ = pointers.data();
}

void take_streams(const std::vector<os::Fd>& fds) {
  for (std::size_t stream = 0; stream < 3; ++stream) {
    ::dup2(fds[kStdinFd + stream].get(), static_cast<int>(stream));
  }
}

// Many actors share a stream: what they print must not mix within a line, in whichever way and from however
// many pieces a line is made, and a line is not lost should its actor be killed. The C++ streams write
// through these; std::cerr would flush after each piece.
void write_whole_lines() {
  static std::array<std::array<char, BUFSIZ>, 2> buffers;
  std::setvbuf(stdout, buffers[0].data(), _IOLBF, buffers[0].size());
  std::setvbuf(stderr, buffers[1].data(), _IOLBF, buffers[1].size());
  std::cerr << std::nounitbuf;
}

}  // namespace

void be_born(const Clone& clone, std::vector<os::Fd> fds, os::Fd requests, pid_t keeper) noexcept {
  PACTOR_CHECK(fds.size() >= kCloneFds);
  if (!os::die_with_parent(keeper)) ::_exit(0);
  // What it forks and leaves becomes the keeper's when it ends, and is told apart by that.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  BirthCertificate certificate = read_certificate(fds[kCertificateFd]);
  ::prctl(PR_SET_NAME, certificate.name.c_str());
  take_streams(fds);
  if (::fchdir(fds[kDirectoryFd].get()) != 0) {
    std::fprintf(stderr, "pactor: actor '%s' cannot enter its creator's working directory\n",
                 certificate.name.c_str());
  }
  write_whole_lines();
  ::umask(static_cast<mode_t>(certificate.umask));
  take_environment(std::move(certificate.environment));

  // An open file of this process's own, which lives as long as its mailbox stays mapped: by its closing
  // the keeper notices the end of this process, and also if it execs. No process that this one forks
  // inherits the mapping.
  if (os::Fd own = os::reopen(fds[kMemoryFd])) fds[kMemoryFd] = std::move(own);
  ActorProcess process(clone.actor, std::move(certificate.name), fds[kMemoryFd]);
  for (const std::uint32_t channel : {mail::kSelfChannel, mail::kCreatorChannel}) {
    process.attach(channel, {fds[kMemoryFd], channel_offset(channel, clone.mailbox)});
  }
  process.stamper().raise(certificate.stamp);
  if (clone.restart.number != 0) process.take_over(clone.restart);
  process.set_control(std::move(requests));
  fds.erase(fds.begin(), fds.begin() + kCloneFds);  // what is left came with the arguments

  wire::Decoder arguments(certificate.arguments, fds);
  const auto entry = reinterpret_cast<ActorEntry>(certificate.entry);
  process.run(entry(), arguments);
}

}  // namespace pactor::runtime
