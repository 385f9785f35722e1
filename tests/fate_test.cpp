// What is left when a program, its keeper or its zygote ends in whatever way: nothing.

#include "processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace processes;

// tests/programs/family.cpp, running.
class Family {
 public:
  explicit Family(const std::string& verb) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) std::abort();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    ::posix_spawn_file_actions_addclosefrom_np(&actions,
                                               3);  // what whoever runs the tests left open
    std::string path = PACTOR_BINARY_DIR "/tests/programs/family", argument = verb;
    std::array<char*, 3> arguments{path.data(), argument.data(), nullptr};
    if (::posix_spawn(&pid_, path.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
      ADD_FAILURE() << "cannot run " << path;
    }
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;
  ~Family() {
    for (const int fd : {in_, out_}) ::close(fd);
    if (pid_ <= 0) return;
    send_signal(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] pid_t keeper() const { return keeper_of(pid_); }
  [[nodiscard]] pid_t zygote() const { return child_named(keeper(), "pactor-zygote"); }

  void say_line() const {
    if (::write(in_, "\n", 1) != 1) ADD_FAILURE() << "the program does not listen";
  }
  void close_input() {
    ::close(in_);
    in_ = -1;
  }

  // Its next line; empty at the end of its output, or (a failed test) if it takes too long.
  std::string line() {
    for (;;) {
      if (const std::size_t end = text_.find('\n'); end != std::string::npos) {
        std::string first = text_.substr(0, end);
        text_.erase(0, end + 1);
        return first;
      }
      pollfd entry{.fd = out_, .events = POLLIN, .revents = 0};
      std::array<char, 4096> part{};
      if (::poll(&entry, 1, kBoundMs) != 1) {
        ADD_FAILURE() << "the program says nothing";
        return {};
      }
      const ssize_t length = ::read(out_, part.data(), part.size());
      if (length <= 0) return {};
      text_.append(part.data(), static_cast<std::size_t>(length));
    }
  }

  // Ready, by its verb "await": an ask is pending. All of the family but the program itself.
  std::vector<Watched> asking() {
    EXPECT_EQ(line(), "ready");
    std::vector<Watched> all;
    for (const auto& [pid, name] : descendants_of(pid_)) all.emplace_back(pid);
    EXPECT_EQ(all.size(), 4u) << "keeper, zygote, actor, and an actor of that one";
    return all;
  }

  // Ready, by any other verb. Everything of the family but the program itself, what actors forked included.
  std::vector<Watched> ready() {
    std::vector<Watched> all;
    for (int i = 0; i < 2; ++i) {
      const std::string forked = line();
      EXPECT_TRUE(forked.starts_with("forked ")) << forked;
      if (forked.starts_with("forked ")) all.emplace_back(std::stoi(forked.substr(7)));
    }
    say_line();
    EXPECT_EQ(line(), "ready");
    for (const auto& [pid, name] : descendants_of(pid_)) {
      names_.insert(name);
      all.emplace_back(pid);
    }
    EXPECT_TRUE(names_.contains("pactor-keeper") && names_.contains("pactor-zygote") &&
                names_.contains("first") && names_.contains("second") && names_.contains("child"));
    EXPECT_EQ(all.size(), 2u + 2u + 2u + 2u + 2u)
        << "keeper and zygote; actors; theirs; forked, twice";
    return all;
  }

  // As waitpid() tells; -1 (a failed test) if it does not end.
  int wait() {
    const Watched program(pid_);
    int status = -1;
    if (!program.ends()) {
      ADD_FAILURE() << "the program does not end";
      return -1;
    }
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status;
  }

 private:
  pid_t pid_ = 0;
  int in_ = -1;
  int out_ = -1;
  std::string text_;
  std::set<std::string> names_;
};

class Fate : public ProcessTest {
 protected:
  static void expect_all_gone(const std::vector<Watched>& all) {
    for (const Watched& each : all)
      EXPECT_TRUE(each.ends()) << each.pid() << " " << name_of(each.pid());
  }
};

// ---- The program ends ------------------------------------------------------------------------

TEST_F(Fate, EndOfMainAndExitDrainAndLeaveNothing) {
  for (const char* verb : {"return", "exit"}) {
    Family family(verb);
    const std::vector<Watched> all = family.ready();
    family.say_line();
    for (int i = 0; i < 100; ++i) ASSERT_EQ(family.line(), "drained " + std::to_string(i));
    EXPECT_EQ(family.line(), "");
    const int status = family.wait();
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    for (const Watched& each : all) EXPECT_TRUE(each.has_ended()) << "later than the program";
  }
}

TEST_F(Fate, NoOrphanAfterAnUncaughtException) {
  Family family("throw");
  const std::vector<Watched> all = family.ready();
  family.say_line();
  const int status = family.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) << status;
  expect_all_gone(all);
}

TEST_F(Fate, NoOrphanAfterUnderscoreExit) {
  for (const char* verb : {"_exit", "thread"}) {
    Family family(verb);
    const std::vector<Watched> all = family.ready();
    family.say_line();
    EXPECT_EQ(family.wait(), 0);
    expect_all_gone(all);
  }
}

TEST_F(Fate, NoOrphanAfterKillMinusNine) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  send_signal(family.pid(), SIGKILL);
  const int status = family.wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  expect_all_gone(all);
}

TEST_F(Fate, NoOrphanAfterExecThoughTheProcessLivesOn) {
  Family family("exec");
  const std::vector<Watched> all = family.ready();
  family.say_line();
  expect_all_gone(all);
  EXPECT_EQ(name_of(family.pid()), "cat");
  family.say_line();
  EXPECT_EQ(family.line(), "") << "cat echoes the line";
  family.close_input();
  EXPECT_EQ(family.wait(), 0);
}

TEST_F(Fate, StoppedProgramFreezesNobodyAndLeavesNothingWhenItIsKilled) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  send_signal(family.pid(), SIGSTOP);
  for (const Watched& each : all) EXPECT_FALSE(each.has_ended());
  send_signal(family.pid(), SIGKILL);
  family.wait();
  expect_all_gone(all);
}

TEST_F(Fate, FamilyHasNothingWithANameThatCouldBeLeft) {
  Family family("stay");
  static_cast<void>(family.ready());
  std::map<pid_t, std::string> processes = descendants_of(family.pid());
  processes.emplace(family.pid(), "the program");
  std::set<std::string> sockets;
  for (const auto& [pid, name] : processes) {
    const std::string directory = "/proc/" + std::to_string(pid);
    const std::string executable = fs::read_symlink(directory + "/exe").string();
    for (const auto& entry : fs::directory_iterator(directory + "/fd")) {
      const std::string what = fs::read_symlink(entry.path()).string();
      if (std::stoi(entry.path().filename().string()) <= 2) continue;
      EXPECT_TRUE(what.starts_with("/memfd:") || what.starts_with("socket:") ||
                  what.starts_with("anon_inode:"))
          << name << " has " << what;
      if (what.starts_with("socket:[")) sockets.insert(what.substr(8, what.size() - 9));
    }
    std::istringstream maps(read_file(directory + "/maps"));
    for (std::string line; std::getline(maps, line);) {
      if (line.ends_with(executable) || line.ends_with(" (deleted)")) continue;  // not a name
      EXPECT_FALSE(contains(line, " /dev/shm/") || contains(line, " /tmp/"))
          << name << ": " << line;
    }
  }
  EXPECT_FALSE(sockets.empty());
  std::istringstream all_sockets(read_file("/proc/net/unix"));
  std::string line;
  std::getline(all_sockets, line);  // the heading
  while (std::getline(all_sockets, line)) {
    std::istringstream fields(line);
    std::array<std::string, 8> field;
    for (std::string& each : field) fields >> each;
    if (!sockets.contains(field[6])) continue;
    EXPECT_EQ(field[7], "") << "a socket with a name";
  }
  for (const auto& entry : fs::directory_iterator("/dev/shm")) {
    EXPECT_FALSE(contains(entry.path().string(), "pactor")) << entry.path();
  }
}

// ---- The keeper or the zygote ends -----------------------------------------------------------

void expect_told(Family& family, const std::string& whose) {
  std::string line = family.line();
  EXPECT_TRUE(line.starts_with("ActorDied: ") && contains(line, "hang") && contains(line, whose))
      << line;
  line = family.line();
  EXPECT_TRUE(line.starts_with("joined: ") && contains(line, whose)) << line;
  EXPECT_EQ(family.line(), "alive: no");
  EXPECT_EQ(family.line(), "asked again: ActorDied");
  line = family.line();
  EXPECT_TRUE(line.starts_with("SpawnError: ")) << line;
  EXPECT_EQ(family.line(), "end of main");
  EXPECT_EQ(family.wait(), 0);
}

TEST_F(Fate, KilledKeeperFailsPendingAsksAndJoinsAndLeavesNoActor) {
  Family family("await");
  const std::vector<Watched> all = family.asking();
  send_signal(family.keeper(), SIGKILL);
  expect_told(family, "keeper");
  expect_all_gone(all);
}

TEST_F(Fate, AnswerWhoseBytesWentWithTheKeeperSaysSo) {
  Family family("fetch");
  EXPECT_EQ(family.line(), "ready");
  const Watched keeper(family.keeper());
  send_signal(keeper.pid(), SIGKILL);
  EXPECT_TRUE(keeper.ends());
  family.say_line();
  const std::string line = family.line();
  EXPECT_TRUE(line.starts_with("ActorDied: ") && contains(line, "keeper")) << line;
  EXPECT_EQ(family.wait(), 0);
}

TEST_F(Fate, KilledZygoteFailsPendingAsksAndJoinsAndLeavesNoActor) {
  Family family("await");
  const std::vector<Watched> all = family.asking();
  send_signal(family.zygote(), SIGKILL);
  expect_told(family, "zygote");
  expect_all_gone(all);
}

TEST_F(Fate, KilledKeeperTakesAllActorsAndWhatTheyForkedWithItThoughTheProgramDoesNotLook) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  // Of the two that an actor forked, one has a session of its own: nobody is left to find that one.
  int left_to_the_test = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    if (::getpgid(all[i].pid()) != all[i].pid()) continue;
    send_signal(all[i].pid(), SIGKILL);
    ++left_to_the_test;
  }
  EXPECT_EQ(left_to_the_test, 1);
  send_signal(family.keeper(), SIGKILL);
  expect_all_gone(all);
  EXPECT_FALSE(Watched(family.pid()).has_ended()) << "the program itself lives";
}

TEST_F(Fate, KilledZygoteTakesAllActorsAndWhatTheyForkedWithIt) {
  Family family("stay");
  const std::vector<Watched> all = family.ready();
  const pid_t keeper = family.keeper();
  send_signal(family.zygote(), SIGKILL);
  for (const Watched& each : all) {
    EXPECT_TRUE(each.pid() == keeper || each.ends()) << each.pid();
  }
  EXPECT_FALSE(Watched(keeper).has_ended()) << "which goes on to look after the program";
}

}  // namespace
