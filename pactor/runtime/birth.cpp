#include <pactor/runtime/birth.hpp>

#include <pactor/os/failure.hpp>
#include <pactor/os/memory.hpp>
#include <pactor/os/process.hpp>
#include <pactor/runtime/actor_memory.hpp>
#include <pactor/runtime/actor_process.hpp>
#include <pactor/runtime/exception.hpp>
#include <pactor/runtime/keeper_link.hpp>
#include <pactor/runtime/runtime.hpp>
#include <pactor/runtime/start.hpp>

#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
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

void take_root(pid_t creator) {
  const std::string path = "/proc/" + std::to_string(creator) + "/root";
  if (::chroot(path.c_str()) == 0) return;
  os::fail("the actor cannot take over its creator's root directory");
}

// Limits and priority by the creator's word, privileges by the kernel's.
void take_state(const BirthCertificate& certificate, const Clone& clone, const Creator& creator,
                pid_t keeper) {
  if (!creator.trouble.empty()) throw Error(creator.trouble);
  const Origin& origin = Runtime::object().origin();
  if (certificate.resources) os::take_resources(*certificate.resources, origin.resources);
  if (creator.has_other_root) take_root(clone.creator);
  if (origin.credentials) {
    const auto& wanted = creator.credentials ? creator.credentials : origin.credentials;
    os::take_credentials(*wanted, *origin.credentials, certificate.securebits);
  }
  const int dumpable = certificate.dumpable ? 1 : 0;
  if (::prctl(PR_GET_DUMPABLE) != dumpable) ::prctl(PR_SET_DUMPABLE, dumpable);
  // A change of credentials may have undone it.
  if (!os::die_with_parent(keeper)) ::_exit(0);
}

// Ends this process; its creator gets `error`, as an exception of the actor's constructor would arrive.
[[noreturn]] void fail_to_be_born(os::Fd control, const std::string& name,
                                  const std::exception& error) {
  const std::string which = name.empty() ? "an actor" : "actor '" + name + "'";
  wire::Encoder encoder;
  try {
    throw SpawnError("pactor: cannot start " + which + ": " + error.what());
  } catch (const SpawnError&) {
    encode_current_exception(encoder);
  }
  KeeperLink(std::move(control), mail::Lifeline())
      .tell(Unborn{{encoder.view().begin(), encoder.view().end()}});
  ::_exit(EXIT_FAILURE);
}

}  // namespace

void write_whole_lines() {
  static std::array<std::array<char, BUFSIZ>, 2> buffers;
  std::setvbuf(stdout, buffers[0].data(), _IOLBF, buffers[0].size());
  std::setvbuf(stderr, buffers[1].data(), _IOLBF, buffers[1].size());
  std::cerr << std::nounitbuf;
}

Creator look_at_creator(const Clone& clone, const std::vector<os::Fd>& fds) {
  const Origin& origin = Runtime::object().origin();
  Creator creator;
  // It stands first in the certificate, the rest of which is the actor's to read.
  std::int32_t thread = 0;
  if (!origin.credentials || fds.size() < kCloneFds ||
      ::pread(fds[kCertificateFd].get(), &thread, sizeof thread, 0) != sizeof thread) {
    return creator;
  }
  if (clone.restart.number != 0) thread = clone.creator;  // the one that wrote it may have ended
  try {
    creator.credentials = os::read_credentials(clone.creator, thread);
    if (creator.credentials == origin.credentials) creator.credentials.reset();
  } catch (const std::exception& error) {
    creator.trouble = error.what();
  }
  // A process that may not look has no right to change its root either.
  const auto root = directory_id("/proc/" + std::to_string(clone.creator) + "/root");
  creator.has_other_root = root.has_value() && root != origin.root;
  return creator;
}

void be_born(const Clone& clone, std::vector<os::Fd> fds, os::Fd requests, const Creator& creator,
             pid_t keeper) noexcept {
  PACTOR_CHECK(fds.size() >= kCloneFds);
  if (!os::die_with_parent(keeper)) ::_exit(0);
  // What it forks and leaves becomes the keeper's when it ends, and is told apart by that.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  BirthCertificate certificate;
  std::string name;
  ActorEntry entry = nullptr;
  std::optional<ActorProcess> process;
  try {
    certificate = read_certificate(fds[kCertificateFd]);
    name = certificate.name;
    ::prctl(PR_SET_NAME, name.c_str());
    take_streams(fds);
    if (::fchdir(fds[kDirectoryFd].get()) != 0) {
      std::fprintf(stderr, "pactor: actor '%s' cannot enter its creator's working directory\n",
                   name.c_str());
    }
    take_state(certificate, clone, creator, keeper);
    take_environment(std::move(certificate.environment));
    expect_main();  // a library's static initialisers have no actors yet, as little as the program's have
    entry = reinterpret_cast<ActorEntry>(code_address(certificate.entry));
    // An open file of this process's own, which lives as long as its mailbox stays mapped: by its closing
    // the keeper notices the end of this process, and also if it execs. No process that this one forks
    // inherits the mapping.
    if (os::Fd own = os::reopen(fds[kMemoryFd])) fds[kMemoryFd] = std::move(own);
    process.emplace(clone.actor, name, fds[kMemoryFd]);
    for (const std::uint32_t channel : {mail::kSelfChannel, mail::kCreatorChannel}) {
      process->attach(channel, {fds[kMemoryFd], channel_offset(channel, clone.mailbox)});
    }
    process->stamper().raise(certificate.stamp);
    if (clone.restart.number != 0) process->take_over(clone.restart);
    process->begin(entry(), std::move(requests));
  } catch (const std::exception& error) {
    fail_to_be_born(std::move(requests), name, error);
  }
  fds.erase(fds.begin(), fds.begin() + kCloneFds);  // what is left came with the arguments
  wire::Decoder arguments(certificate.arguments, fds);
  process->run(arguments);
}

}  // namespace pactor::runtime
