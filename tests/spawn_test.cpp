// What an actor is born with, and what becomes of a birth that fails.

#include "processes.hpp"

#include <pactor/pactor.hpp>

#include <sys/mman.h>
#include <sys/stat.h>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

// Open in the program from before main, and not close-on-exec.
const int static_descriptor = ::memfd_create("of-a-static-initialiser", 0);

}  // namespace

namespace app {

using processes::Gate;

// Says what a process has.
class Witness {
 public:
  std::string directory() const { return std::filesystem::current_path().string(); }
  std::string variable(std::string name) const {
    const char* value = ::getenv(name.c_str());
    return value == nullptr ? "(unset)" : value;
  }
  unsigned file_mode_mask() const {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return mask;
  }
  // Of each open descriptor, what it is.
  std::map<int, std::string> descriptors() const {
    std::map<int, std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code closed_since;
      const auto target = std::filesystem::read_symlink(entry.path(), closed_since);
      if (closed_since || target.string().ends_with("/fd")) continue;  // the listing's own
      found.emplace(std::stoi(entry.path().filename().string()), target.string());
    }
    return found;
  }
  std::string command() const { return processes::name_of(::getpid()); }
  void say(std::string text) const {
    std::cout << text << std::endl;
    std::cerr << text << std::endl;
  }
  std::string listen() const {
    std::string line;
    std::getline(std::cin, line);
    return line;
  }
  std::uint64_t blocked_signals() const {
    sigset_t blocked;
    ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
    std::uint64_t bits = 0;
    for (int signal = 1; signal < 64; ++signal) {
      bits |= static_cast<std::uint64_t>(::sigismember(&blocked, signal) == 1) << signal;
    }
    return bits;
  }
};
PACTOR_ACTOR(Witness, directory, variable, file_mode_mask, descriptors, command, say, listen,
             blocked_signals);

class OwnError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Fails to be built, in the way asked for.
class Stillborn {
 public:
  explicit Stillborn(std::string how, Gate gate = {}) {
    if (how == "runtime_error") throw std::runtime_error("no such disk");
    if (how == "invalid_argument") throw std::invalid_argument("not a disk");
    if (how == "system_error") {
      throw std::system_error(std::make_error_code(std::errc::permission_denied), "/dev/sda");
    }
    if (how == "bad_alloc") throw std::bad_alloc();
    if (how == "OwnError") throw OwnError("of my own");
    if (how == "int") throw 42;
    if (how == "long") throw std::runtime_error(std::string(100'000, 'x') + "the end");
    if (how == "exit") std::exit(3);
    if (how == "_exit") ::_exit(4);
    if (how == "crash") processes::die_by(SIGSEGV);
    if (how == "abort") processes::die_by(SIGABRT);
    if (how == "terminate") std::terminate();
    if (how == "hang") {
      gate.arrive();
      for (;;) ::pause();
    }
  }
  int nothing() const { return 0; }
};
PACTOR_ACTOR(Stillborn, nothing);

// Has actors below it, `depth` deep.
class Ancestor;
PACTOR_ACTOR(Ancestor, lineage);
class Ancestor {
 public:
  explicit Ancestor(int depth) {
    if (depth > 0) child_ = std::make_unique<pactor::Actor<Ancestor>>(depth - 1);
  }
  std::vector<int> lineage() const {
    std::vector<int> pids = child_ ? child_->ask()->lineage().get() : std::vector<int>();
    pids.push_back(::getpid());
    return pids;
  }

 private:
  std::unique_ptr<pactor::Actor<Ancestor>> child_;
};

// Has an actor already when its own constructor fails.
class FailsLate {
 public:
  explicit FailsLate(Gate gate) : child_() {
    gate.arrive();
    throw std::runtime_error("too late");
  }
  int nothing() const { return 0; }

 private:
  pactor::Actor<Witness> child_;
};
PACTOR_ACTOR(FailsLate, nothing);

class Holder {
 public:
  explicit Holder(std::string text) : text_(std::move(text)) {}
  std::size_t length() const { return text_.size(); }
  char last() const { return text_.back(); }

 private:
  std::string text_;
};
PACTOR_ACTOR(Holder, length, last);

}  // namespace app

namespace {

using namespace std::chrono_literals;
using namespace processes;
using app::Stillborn;
using app::Witness;
using pactor::Actor;
using pactor::Options;
using pactor::SpawnError;

class Spawn : public ProcessTest {};

// Has standard stream `stream` mean `descriptor` while it lives; -1: closed.
class Redirected {
 public:
  Redirected(int stream, int descriptor)
      : stream_(stream), saved_(::fcntl(stream, F_DUPFD_CLOEXEC, 10)) {
    if (descriptor < 0) {
      ::close(stream);
    } else {
      ::dup2(descriptor, stream);
    }
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    ::dup2(saved_, stream_);
    ::close(saved_);
  }

 private:
  int stream_;
  int saved_;
};

std::string content_of(int file) {
  std::string text(4096, '\0');
  const ssize_t length = ::pread(file, text.data(), text.size(), 0);
  text.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return text;
}

TEST_F(Spawn, ActorHasTheWorkingDirectoryOfTheMoment) {
  const fs::path here = fs::current_path();
  fs::current_path("/proc");
  Actor<Witness> first;
  fs::current_path("/");
  Actor<Witness> second;
  fs::current_path(here);
  EXPECT_EQ(first.ask()->directory().get(), "/proc");
  EXPECT_EQ(second.ask()->directory().get(), "/");
}

TEST_F(Spawn, ActorHasTheEnvironmentOfTheMoment) {
  ::setenv("PACTOR_TEST_A", "one", 1);
  Actor<Witness> first;
  ::setenv("PACTOR_TEST_A", "two = 2", 1);
  ::setenv("PACTOR_TEST_B", "", 1);
  Actor<Witness> second;
  ::unsetenv("PACTOR_TEST_A");
  ::unsetenv("PACTOR_TEST_B");
  Actor<Witness> third;
  EXPECT_EQ(first.ask()->variable("PACTOR_TEST_A").get(), "one");
  EXPECT_EQ(first.ask()->variable("PACTOR_TEST_B").get(), "(unset)");
  EXPECT_EQ(second.ask()->variable("PACTOR_TEST_A").get(), "two = 2");
  EXPECT_EQ(second.ask()->variable("PACTOR_TEST_B").get(), "");
  EXPECT_EQ(third.ask()->variable("PACTOR_TEST_A").get(), "(unset)");
}

TEST_F(Spawn, ActorHasTheUmaskOfTheMoment) {
  const mode_t before = ::umask(0123);
  Actor<Witness> first;
  ::umask(0);
  Actor<Witness> second;
  ::umask(before);
  EXPECT_EQ(first.ask()->file_mode_mask().get(), 0123u);
  EXPECT_EQ(second.ask()->file_mode_mask().get(), 0u);
}

TEST_F(Spawn, ActorHasTheStandardStreamsOfTheMoment) {
  const int out = ::memfd_create("out", MFD_CLOEXEC), err = ::memfd_create("err", MFD_CLOEXEC);
  int in[2];
  ASSERT_EQ(::pipe2(in, O_CLOEXEC), 0);
  std::unique_ptr<Actor<Witness>> actor;
  {
    const Redirected input(0, in[0]), output(1, out), errors(2, err);
    actor = std::make_unique<Actor<Witness>>();
  }
  (*actor)->say("good day");
  ASSERT_EQ(::write(in[1], "heard\n", 6), 6);
  EXPECT_EQ(actor->ask()->listen().get(), "heard");
  EXPECT_EQ(content_of(out), "good day\n");
  EXPECT_EQ(content_of(err), "good day\n");
  actor.reset();
  for (const int fd : {out, err, in[0], in[1]}) ::close(fd);
}

TEST_F(Spawn, StreamThatIsClosedIsTheNullDeviceInTheActor) {
  std::unique_ptr<Actor<Witness>> actor;
  {
    const Redirected input(0, -1), output(1, -1);
    actor = std::make_unique<Actor<Witness>>();
  }
  (*actor)->say("");
  const std::map<int, std::string> descriptors = actor->ask()->descriptors().get();
  EXPECT_EQ(descriptors.at(0), "/dev/null");
  EXPECT_EQ(descriptors.at(1), "/dev/null");
  EXPECT_EQ(actor->ask()->listen().get(), "");
}

TEST_F(Spawn, ActorInheritsNoDescriptorsButTheStandardStreams) {
  ASSERT_GE(static_descriptor, 0);
  std::vector<int> opened;
  for (int i = 0; i < 100; ++i) {
    opened.push_back(::memfd_create("of-the-program", i % 2 == 0 ? MFD_CLOEXEC : 0));
    ASSERT_GE(opened.back(), 0);
  }
  int pair[2];
  ASSERT_EQ(::pipe2(pair, 0), 0);
  opened.insert(opened.end(), {pair[0], pair[1]});
  std::set<std::string> of_the_program;
  for (const auto& [number, what] : Witness().descriptors()) {
    if (number > 2) of_the_program.insert(what);
  }
  Actor<Witness> actor;
  Actor<Witness> later;  // with the descriptors that the library has for the first
  for (const Actor<Witness>* each : {&actor, &later}) {
    const std::map<int, std::string> inherited = each->ask()->descriptors().get();
    EXPECT_TRUE(inherited.contains(0) && inherited.contains(1) && inherited.contains(2));
    for (const auto& [number, what] : inherited) {
      if (number <= 2) continue;
      EXPECT_FALSE(of_the_program.contains(what)) << number << " is " << what;
      EXPECT_TRUE(what.starts_with("socket:")) << number << " is " << what;
    }
    EXPECT_LE(inherited.size(), 4u) << "the streams, and the actor's own line to the keeper";
  }
  for (const int fd : opened) ::close(fd);
}

TEST_F(Spawn, ActorBlocksNoSignals) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  const std::uint64_t at_start = Witness().blocked_signals();
  ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
  Actor<Witness> actor;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(actor.ask()->blocked_signals().get(), at_start)
      << "those that the program was started with";
}

TEST_F(Spawn, ProcessBearsTheNameOfTheActor) {
  Actor<Witness> named{Options{.name = "disk-monitor"}};
  EXPECT_EQ(name_of(named.pid()), "disk-monitor");
  EXPECT_EQ(named.ask()->command().get(), "disk-monitor");
  Actor<Witness> by_class;
  EXPECT_TRUE(contains(name_of(by_class.pid()), "Witness")) << name_of(by_class.pid());
  Actor<Witness> cut{Options{.name = "a name of more than fifteen bytes"}};
  EXPECT_EQ(name_of(cut.pid()), "a name of more ");
}

TEST_F(Spawn, NameOfAnyLengthDoesNoHarm) {
  for (const std::size_t length : {300u, 2'000u, 100'000u}) {
    Actor<Witness> actor{Options{.name = std::string(length, 'n')}};
    EXPECT_EQ(actor.ask()->command().get(), "nnnnnnnnnnnnnnn");
    actor.close();
    EXPECT_TRUE(actor.join().orderly());
  }
  Actor<Witness> next;
  EXPECT_EQ(next.ask()->variable("PACTOR_TEST_A").get(), "(unset)") << "the keeper lives";
}

TEST_F(Spawn, StandardExceptionOfAConstructorArrivesAsItself) {
  EXPECT_EQ(text_of<std::runtime_error>([] { Actor<Stillborn>{"runtime_error"}; }), "no such disk");
  EXPECT_EQ(text_of<std::invalid_argument>([] { Actor<Stillborn>{"invalid_argument"}; }),
            "not a disk");
  text_of<std::bad_alloc>([] { Actor<Stillborn>{"bad_alloc"}; });
  try {
    Actor<Stillborn>{"system_error"};
    ADD_FAILURE();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::permission_denied);
    EXPECT_STREQ(error.what(), "/dev/sda: Permission denied");
  }
}

TEST_F(Spawn, OtherExceptionOfAConstructorArrivesWithItsTypeAndText) {
  try {
    Actor<Stillborn>{"OwnError"};
    ADD_FAILURE();
  } catch (const pactor::RemoteError& error) {
    EXPECT_EQ(error.type(), "app::OwnError");
    EXPECT_STREQ(error.what(), "of my own");
  }
  try {
    Actor<Stillborn>{"int"};
    ADD_FAILURE();
  } catch (const pactor::RemoteError& error) {
    EXPECT_EQ(error.type(), "int");
  }
}

TEST_F(Spawn, ExceptionTextOfAnyLengthArrives) {
  const std::string text = text_of<std::runtime_error>([] { Actor<Stillborn>{"long"}; });
  EXPECT_TRUE(text.starts_with(std::string(1000, 'x'))) << text.size();
}

TEST_F(Spawn, ConstructorThatExitsIsASpawnErrorThatNamesTheStatus) {
  for (const auto& [how, status] : {std::pair{"exit", "status 3"}, {"_exit", "status 4"}}) {
    const std::string text = text_of<SpawnError>(
        [&] { Actor<Stillborn>{Options{.name = "quitter"}, std::string(how)}; });
    EXPECT_TRUE(contains(text, "quitter") && contains(text, status)) << text;
  }
}

TEST_F(Spawn, ConstructorThatCrashesIsASpawnErrorThatNamesTheSignal) {
  for (const auto& [how, signal] : {std::pair{"crash", "SIGSEGV"}, {"abort", "SIGABRT"}}) {
    const std::string text = text_of<SpawnError>([&] { Actor<Stillborn>{std::string(how)}; });
    EXPECT_TRUE(contains(text, signal)) << text;
  }
  const std::string text = text_of<SpawnError>([] { Actor<Stillborn>{"terminate"}; });
  EXPECT_TRUE(contains(text, "terminate")) << text;
}

TEST_F(Spawn, ConstructorThatHangsIsKilledAtTheStartDeadline) {
  Door door;
  const std::string text = text_of<SpawnError>([&] {
    Actor<Stillborn>{Options{.name = "sleeper", .start_deadline = 100ms}, "hang", door.gate()};
  });
  EXPECT_TRUE(contains(text, "sleeper") && contains(text, "start_deadline")) << text;
}

TEST_F(Spawn, LongestDeadlinesAreWithoutEnd) {
  constexpr auto kLongest = std::chrono::milliseconds::max();
  Actor<Witness> actor{Options{.start_deadline = kLongest, .close_deadline = kLongest}};
  actor.close();
  EXPECT_TRUE(actor.join().orderly());
}

TEST_F(Spawn, FailedBirthDoesNotHinderTheNext) {
  for (const char* how : {"runtime_error", "exit", "crash", "OwnError", "abort"}) {
    EXPECT_ANY_THROW(Actor<Stillborn>{std::string(how)}) << how;
    Actor<Stillborn> born{"well"};
    EXPECT_EQ(born.ask()->nothing().get(), 0);
  }
}

TEST_F(Spawn, ActorsOfAConstructorThatThrowsEndWithIt) {
  Door door;
  EXPECT_EQ(text_of<std::runtime_error>([&] { Actor<app::FailsLate>{door.gate()}; }), "too late");
  door.wait_for_arrival();
}

TEST_F(Spawn, ActorsCreateActorsThatCreateActors) {
  Actor<app::Ancestor> eve{4};
  const std::vector<int> pids = eve.ask()->lineage().get();
  EXPECT_EQ(pids.size(), 5u);
  EXPECT_EQ(std::set<int>(pids.begin(), pids.end()).size(), 5u);
  std::vector<Watched> line;
  for (const int pid : pids) line.emplace_back(pid);
  eve.close();
  EXPECT_TRUE(eve.join().orderly());
  for (const Watched& each : line) EXPECT_TRUE(each.has_ended()) << each.pid();
}

TEST_F(Spawn, ConstructorArgumentMayBeLargerThanAMessage) {
  Actor<app::Holder> holder{std::string(3'000'000, 'x') + "!"};
  EXPECT_EQ(holder.ask()->length().get(), 3'000'001u);
  EXPECT_EQ(holder.ask()->last().get(), '!');
}

TEST_F(Spawn, EightThreadsMaySpawnWhileOthersAllocate) {
  std::atomic<bool> done{false};
  std::vector<std::thread> allocating, spawning;
  for (int t = 0; t < 2; ++t) {
    allocating.emplace_back([&done] {
      for (std::size_t size = 1; !done.load(); size = size * 7 % 10007) {
        const std::vector<std::string> strings(10, std::string(size, 'x'));
        if (strings.back().size() != size) std::abort();
      }
    });
  }
  std::atomic<int> answers{0};
  for (int t = 0; t < 8; ++t) {
    spawning.emplace_back([&answers] {
      for (int i = 0; i < 5; ++i) {
        Actor<Witness> actor;
        if (actor.ask()->command().get() == name_of(actor.pid())) ++answers;
      }
    });
  }
  for (std::thread& thread : spawning) thread.join();
  done = true;
  for (std::thread& thread : allocating) thread.join();
  EXPECT_EQ(answers, 40);
}

}  // namespace
