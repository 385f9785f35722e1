// Actors and the rest of the system: their output, the processes and threads that they start, and the end
// of a program that says nothing of an end.

#include "processes.hpp"
#include "run_program.hpp"

#include <pactor/pactor.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace app {

class Printer {
 public:
  // Lines of every length, put together from pieces, in each of the usual ways.
  void print(char letter, int lines) const {
    for (int i = 0; i < lines; ++i) {
      const std::string rest(static_cast<std::size_t>(i * 7 % 300), letter);
      std::cout << letter << " cout " << i << ' ' << rest << '\n';
      std::cerr << letter << " cerr " << i << ' ' << rest << std::endl;
      std::printf("%c printf %d ", letter, i);
      std::printf("%s\n", rest.c_str());
      std::fprintf(stderr, "%c fprintf %d ", letter, i);
      std::fprintf(stderr, "%s\n", rest.c_str());
    }
  }
  void print_without_an_end(std::string text) const { std::cerr << text; }
};
PACTOR_ACTOR(Printer, print, print_without_an_end);

class Guest;
PACTOR_ACTOR(Guest, add, total, call_system, read_from_popen, spawn_program, fork_and_exit,
             fork_and_exec, fork_and_use_its_actors, start_threads, leave_a_thread_behind);
// Does what libraries do that know nothing of actors. Each returns what shows that it worked.
class Guest {
 public:
  Guest() = default;
  explicit Guest(pactor::Proxy<Guest> other) : other_(std::move(other)) {}

  void add(int amount) { total_ += amount; }
  int total() const { return total_; }

  int call_system() const { return WEXITSTATUS(std::system("exit 3")); }

  std::string read_from_popen() const {
    FILE* pipe = ::popen("echo from a shell", "r");
    std::array<char, 100> line{};
    if (std::fgets(line.data(), line.size(), pipe) == nullptr) return "nothing";
    return ::pclose(pipe) == 0 ? line.data() : "no status";
  }

  int spawn_program() const {
    std::string shell = "/bin/sh", option = "-c", command = "exit 4";
    std::array<char*, 4> arguments{shell.data(), option.data(), command.data(), nullptr};
    pid_t child = 0;
    if (::posix_spawn(&child, shell.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
      return -1;
    }
    return status_of(child);
  }

  // By exit(), with all that a process does at its end.
  int fork_and_exit() const {
    const pid_t child = ::fork();
    if (child == 0) std::exit(5);
    return status_of(child);
  }

  int fork_and_exec() const {
    const pid_t child = ::fork();
    if (child == 0) {
      ::execl("/bin/sh", "sh", "-c", "exit 6", nullptr);
      ::_exit(1);
    }
    return status_of(child);
  }

  // The child's handles are its parent's: they refuse, and harm nothing.
  int fork_and_use_its_actors() {
    const pid_t child = ::fork();
    if (child == 0) {
      int refused = 0;
      try {
        other_->add(1000);
      } catch (const pactor::Error&) {
        ++refused;
      }
      try {
        pactor::self(this)->add(1000);
      } catch (const pactor::Error&) {
        ++refused;
      }
      other_ = {};
      std::exit(refused);
    }
    return status_of(child);
  }

  int start_threads() {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([this] {
        for (int i = 0; i < 100; ++i) {
          other_->add(1);
          pactor::self(this)->add(1);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return other_.ask()->total().get();
  }

  // One that never ends: the process ends all the same.
  void leave_a_thread_behind() const {
    std::thread([] {
      for (;;) ::pause();
    }).detach();
  }

 private:
  static int status_of(pid_t child) {
    int status = -1;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  pactor::Proxy<Guest> other_;
  int total_ = 0;
};

}  // namespace app

namespace {

using namespace processes;
using app::Guest;
using app::Printer;
using pactor::Actor;

class Surroundings : public ProcessTest {};

// ---- Output ----------------------------------------------------------------------------------

// A pipe in place of stdout and stderr, and what comes out of it.
class Output {
 public:
  Output() {
    std::fflush(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    for (const int stream : {1, 2}) {
      saved_[static_cast<std::size_t>(stream)] = ::fcntl(stream, F_DUPFD_CLOEXEC, 3);
      ::dup2(ends[1], stream);
    }
    ::close(ends[1]);
    reader_ = std::thread([this, from = ends[0]] {
      std::array<char, 65536> part{};
      for (;;) {
        const ssize_t length = ::read(from, part.data(), part.size());
        if (length <= 0) break;
        text_.append(part.data(), static_cast<std::size_t>(length));
      }
      ::close(from);
    });
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    if (reader_.joinable()) static_cast<void>(end());
  }

  // Gives the streams back. All actors have to have ended.
  std::string end() {
    for (const int stream : {1, 2}) {
      ::dup2(saved_[static_cast<std::size_t>(stream)], stream);
      ::close(saved_[static_cast<std::size_t>(stream)]);
    }
    reader_.join();
    return std::move(text_);
  }

 private:
  std::array<int, 3> saved_{};
  std::thread reader_;
  std::string text_;
};

TEST_F(Surroundings, OutputOfEightActorsArrivesInWholeLines) {
  constexpr int kActors = 8, kLines = 500;
  Output output;
  {
    std::vector<Actor<Printer>> printers(kActors);
    for (int i = 0; i < kActors; ++i) {
      printers[static_cast<std::size_t>(i)]->print(static_cast<char>('a' + i), kLines);
    }
  }
  std::istringstream lines(output.end());
  std::map<std::string, int> next;  // by actor and way: each keeps its order
  int whole = 0;
  for (std::string line; std::getline(lines, line); ++whole) {
    std::istringstream words(line);
    char letter = 0;
    std::string way, rest;
    int number = -1;
    words >> letter >> way >> number >> rest;
    EXPECT_EQ(number, next[letter + way]++) << line;
    ASSERT_EQ(rest, std::string(static_cast<std::size_t>(number * 7 % 300), letter)) << line;
  }
  EXPECT_EQ(whole, kActors * kLines * 4);
}

TEST_F(Surroundings, LineWithoutAnEndIsNotLostWhenTheActorEnds) {
  Output output;
  {
    const Actor<Printer> printer;
    printer->print_without_an_end("half a line");
  }
  EXPECT_EQ(output.end(), "half a line");
}

// ---- Processes and threads -------------------------------------------------------------------

TEST_F(Surroundings, ActorsMayStartProcessesAndThreadsAsTheyLike) {
  const Actor<Guest> other;
  Actor<Guest> guest{other.proxy()};
  for (int round = 0; round < 3; ++round) {
    guest->add(1);  // before and behind each, so that something is queued
    pactor::Reply<int> by_system = guest.ask()->call_system();
    guest->add(1);
    pactor::Reply<std::string> by_popen = guest.ask()->read_from_popen();
    guest->add(1);
    pactor::Reply<int> by_spawn = guest.ask()->spawn_program();
    guest->add(1);
    pactor::Reply<int> by_exit = guest.ask()->fork_and_exit();
    guest->add(1);
    pactor::Reply<int> by_exec = guest.ask()->fork_and_exec();
    guest->add(1);
    pactor::Reply<int> refused = guest.ask()->fork_and_use_its_actors();
    guest->add(1);
    EXPECT_EQ(by_system.get(), 3);
    EXPECT_EQ(by_popen.get(), "from a shell\n");
    EXPECT_EQ(by_spawn.get(), 4);
    EXPECT_EQ(by_exit.get(), 5);
    EXPECT_EQ(by_exec.get(), 6);
    EXPECT_EQ(refused.get(), 2);
    EXPECT_EQ(guest.ask()->total().get(), 7 * (round + 1));
    EXPECT_EQ(other.ask()->total().get(), 0);
  }
  guest.close();
  EXPECT_TRUE(guest.join().orderly());
}

TEST_F(Surroundings, ThreadsOfAnActorMaySendAndNeedNotEnd) {
  const Actor<Guest> other;
  Actor<Guest> guest{other.proxy()};
  EXPECT_EQ(guest.ask()->start_threads().get(), 400);
  EXPECT_EQ(guest.ask()->total().get(), 400);
  guest->leave_a_thread_behind();
  guest.close();
  EXPECT_TRUE(guest.join().orderly());
}

// ---- The end of the program ------------------------------------------------------------------

TEST(ProgramsEnd, WithoutCloseOrJoinDrainsWhatWasQueuedWhereverTheActorsLive) {
  using namespace pactor::testing;
  for (const char* where : {"scope", "static", "exit", "global", "thread"}) {
    const FinishedRun run = run_program({test_program("exit_subject"), where});
    EXPECT_EQ(run.status, 0) << where;
    std::map<std::string, std::vector<std::string>> of;
    std::istringstream words(run.output);
    for (std::string name, word; words >> name >> word;) of[name].push_back(word);
    EXPECT_EQ(of.size(), 2u) << where << ": " << run.output.substr(0, 1000);
    for (const auto& [name, printed] : of) {
      ASSERT_EQ(printed.size(), 1001u) << where << ": " << name;
      for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(printed[i], std::to_string(i)) << where;
      EXPECT_EQ(printed.back(), "destroyed") << where;
    }
  }
}

}  // namespace
