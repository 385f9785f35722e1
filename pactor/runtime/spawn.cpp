#include <pactor/runtime/spawn.hpp>

#include <pactor/error.hpp>
#include <pactor/mail/outlet.hpp>
#include <pactor/os/failure.hpp>
#include <pactor/os/resources.hpp>
#include <pactor/os/retry.hpp>
#include <pactor/runtime/actor_memory.hpp>
#include <pactor/runtime/exception.hpp>
#include <pactor/runtime/runtime.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <array>
#include <utility>
#include <vector>

namespace pactor::runtime {

namespace {

// Longer names are cut: a name is part of every report, and those have a bounded size.
constexpr std::size_t kLongestName = 200;

os::Fd write_certificate(const BirthCertificate& certificate) {
  wire::Encoder encoder;
  wire::encode(encoder, certificate);
  os::Fd memory = os::create_shared_memory("pactor-birth", encoder.own_size());
  os::write_bytes(memory, 0, encoder.view());
  return memory;
}

// Those that travel with the constructor's arguments, as far as a message to the zygote has room.
void append_descriptors(std::vector<int>& to, const wire::Encoder& arguments) {
  constexpr std::size_t kMost = os::kMessageFds - kCloneFds;
  const std::vector<int> numbers = os::numbers_of(arguments.descriptors());
  if (numbers.size() > kMost) {
    throw Error("the arguments of its constructor hold " + std::to_string(numbers.size()) +
                " file descriptors, and may hold " + std::to_string(kMost) +
                "; send it the others in messages");
  }
  to.insert(to.end(), numbers.begin(), numbers.end());
}

std::vector<std::string> environment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

std::optional<os::Resources> changed_resources(const Origin& origin) {
  os::Resources now = os::read_resources();
  if (now == origin.resources) return std::nullopt;
  return now;
}

os::Fd working_directory() {
  os::Fd directory{::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)};
  // A program that has dropped its privileges may be in a directory that it could not enter again.
  if (!directory) directory = os::Fd(::open("/proc/self/cwd", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) os::fail("cannot open the working directory; chdir() to one that can be entered");
  return directory;
}

// The standard streams as they are now; one that is closed becomes /dev/null, or the first file that
// the actor opened would take its place.
struct Streams {
  std::array<os::Fd, 3> owned;
  std::array<int, 3> numbers{};

  Streams() {
    for (int stream = 0; stream < 3; ++stream) {
      const auto i = static_cast<std::size_t>(stream);
      numbers[i] = stream;
      if (::fcntl(stream, F_GETFD) >= 0) continue;
      owned[i] = os::Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
      numbers[i] = owned[i].get();
    }
  }
};

}  // namespace

Spawned spawn(ActorEntry entry, const std::string& class_name, const Options& options,
              const wire::Encoder& arguments) {
  Runtime& runtime = Runtime::here();
  const std::string name =
      (options.name.empty() ? class_name : options.name).substr(0, kLongestName);
  const std::string failed = "pactor: cannot start actor '" + name + "': ";
  SpawnAnswer answer;
  std::vector<os::Fd> fds;
  try {
    const Streams streams;  // first, or a descriptor opened here would pass for a closed stream
    const os::Fd certificate = write_certificate(
        {.thread = ::gettid(),
         .securebits = ::prctl(PR_GET_SECUREBITS),
         .dumpable = ::prctl(PR_GET_DUMPABLE) == 1,
         .resources = changed_resources(runtime.origin()),
         .entry = runtime.origin().modules.describe(reinterpret_cast<std::uint64_t>(entry)),
         .name = name,
         .stamp = runtime.stamper().next(),
         .environment = environment(),
         .arguments = {arguments.view().begin(), arguments.view().end()}});
    const os::Fd directory = working_directory();
    std::vector<int> sent{certificate.get(), directory.get(), streams.numbers[0],
                          streams.numbers[1], streams.numbers[2]};
    append_descriptors(sent, arguments);
    std::tie(answer, fds) =
        runtime.keeper().ask<SpawnAnswer>(Spawn{.name = name,
                                                .start_deadline_ms = options.start_deadline.count(),
                                                .mailbox = options.mailbox,
                                                .restart = options.restart},
                                          std::move(sent));
  } catch (const Error& error) {
    throw SpawnError(failed + error.what());
  }
  switch (answer.outcome) {
    case SpawnOutcome::born:
      break;
    case SpawnOutcome::threw: {
      wire::Decoder decoder(answer.exception);
      std::rethrow_exception(decode_exception(decoder));
    }
    case SpawnOutcome::died:
      throw SpawnError(failed + "in its constructor, " + answer.exit.explain());
    case SpawnOutcome::refused:
      throw SpawnError(failed + answer.reason);
  }
  runtime.stamper().raise(answer.stamp);
  // If anything fails from here on: it lives, and nobody else knows of it.
  const auto end_it = [&] {
    os::insist([&] { return runtime.keeper().tell(Kill{answer.actor}); });
  };
  try {
    require_all(fds, 1);
    const os::Fd& memory = fds.front();
    const mail::Place channel(memory, channel_offset(mail::kCreatorChannel, options.mailbox));
    auto outlet = std::make_unique<mail::Outlet>(mail::Route{answer.actor, mail::kCreatorChannel},
                                                 channel, memory, runtime.stamper(),
                                                 runtime.lifeline(), runtime.depot());
    auto remote = std::make_shared<Remote>(answer.actor, name, std::move(outlet));
    runtime.add_remote(remote);
    runtime.add_created(remote, options.close_deadline);
    return {.remote = std::move(remote), .pid = answer.pid};
  } catch (const Error& error) {
    end_it();
    throw SpawnError(failed + error.what());
  } catch (...) {
    end_it();
    throw;
  }
}

}  // namespace pactor::runtime
