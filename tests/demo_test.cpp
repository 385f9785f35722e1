// The tool as a user runs it: `pactor demo` and its options, in a pipe and on a terminal.

#include <gtest/gtest.h>
#include <pactor/os/fd.hpp>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using pactor::os::Fd;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{20};

// Waits until `fd` has something to read, is at its end or, for a pidfd, the process has ended.
bool wait_for(const Fd& fd, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd source{fd.get(), POLLIN, 0};
    const int ready = ::poll(&source, 1, static_cast<int>(std::max<long>(0, left.count())));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Fd pidfd_of(pid_t pid) { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

// Inherited by all that the tool starts, so that none can hide.
std::string mark() { return "PACTOR_DEMO_TEST=" + std::to_string(::getpid()); }

std::set<pid_t> marked_processes() {
  std::set<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "environ");
    const std::string environment(std::istreambuf_iterator<char>(file), {});
    if (('\0' + environment).find('\0' + mark() + '\0') != std::string::npos) {
      found.insert(std::stoi(name));
    }
  }
  return found;
}

// A run of the tool: its output as it comes, and its end.
class ToolRun {
 public:
  enum class Input { none, terminal };

  ToolRun(Input input, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PACTOR_BINARY_DIR "/bin/pactor");
    std::vector<char*> argv(arguments.size() + 1, nullptr);
    std::transform(arguments.begin(), arguments.end(), argv.begin(),
                   [](std::string& argument) { return argument.data(); });
    input == Input::terminal ? start_on_terminal(argv.data()) : start_with_pipes(argv.data());
    pidfd_ = pidfd_of(pid_);
  }

  ~ToolRun() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  ToolRun(const ToolRun&) = delete;
  ToolRun& operator=(const ToolRun&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] const std::string& errors() const { return errors_; }

  // Reads until the output has `text` behind what was found before.
  testing::AssertionResult shows(const std::string& text) {
    const Clock::time_point deadline = Clock::now() + kPatience;
    for (;;) {
      const std::size_t at = output_.find(text, found_);
      if (at != std::string::npos) {
        found_ = at + text.size();
        return testing::AssertionSuccess();
      }
      if (!wait_for(out_, deadline) || !read_some(out_, output_)) {
        return testing::AssertionFailure() << "no '" << text << "' in:\n" << output_;
      }
    }
  }

  void press(char key) const { EXPECT_EQ(::write(out_.get(), &key, 1), 1); }
  void send(int signal) const { EXPECT_EQ(::kill(pid_, signal), 0); }

  void stop_reading() { out_.reset(); }

  // Waits for the end and reads the rest; the status as of waitpid, -1 if it did not end in time.
  int wait() {
    const Clock::time_point deadline = Clock::now() + kPatience;
    // A pipe first: the tool might wait for its reader. A terminal has no end while we hold it open.
    if (!terminal_) read_to_end(out_, output_, deadline);
    if (!terminal_) read_to_end(err_, errors_, deadline);
    if (!wait_for(pidfd_, deadline)) return -1;
    while (terminal_ && wait_for(out_, Clock::now()) && read_some(out_, output_)) continue;
    int status = -1;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status;
  }

  // Whether it stops (SIGSTOP) in time.
  [[nodiscard]] bool stops() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED) == 0 &&
           info.si_code == CLD_STOPPED;
  }

  // Whether keys are given one by one and unseen.
  [[nodiscard]] bool takes_keys() const { return (settings().c_lflag & (ICANON | ECHO)) == 0; }
  [[nodiscard]] bool terminal_is_as_before() const {
    const termios now = settings();
    return now.c_iflag == before_.c_iflag && now.c_oflag == before_.c_oflag &&
           now.c_cflag == before_.c_cflag && now.c_lflag == before_.c_lflag &&
           std::equal(std::begin(now.c_cc), std::end(now.c_cc), std::begin(before_.c_cc));
  }

 private:
  // In the child.
  [[noreturn]] static void become(char** argv) {
    const std::string marked = mark();
    const std::size_t equals = marked.find('=');
    ::setenv(marked.substr(0, equals).c_str(), marked.substr(equals + 1).c_str(), 1);
    ::execv(argv[0], argv);
    ::_exit(127);
  }

  void start_on_terminal(char** argv) {
    int ours = -1;
    int theirs = -1;
    ASSERT_EQ(::openpty(&ours, &theirs, nullptr, nullptr, nullptr), 0);
    out_ = Fd(ours);
    terminal_ = Fd(theirs);
    ::fcntl(ours, F_SETFD, FD_CLOEXEC);
    before_ = settings();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::login_tty(theirs);
      become(argv);
    }
  }

  void start_with_pipes(char** argv) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    ASSERT_EQ(::pipe2(out.data(), O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(err.data(), O_CLOEXEC), 0);
    const Fd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(nothing);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(nothing.get(), STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
      become(argv);
    }
    out_ = Fd(out[0]);
    err_ = Fd(err[0]);
    ::close(out[1]);
    ::close(err[1]);
  }

  static bool read_some(const Fd& from, std::string& to) {
    std::array<char, 4096> buffer{};
    const ssize_t bytes = ::read(from.get(), buffer.data(), buffer.size());
    if (bytes > 0) to.append(buffer.data(), static_cast<std::size_t>(bytes));
    return bytes > 0;
  }

  static void read_to_end(const Fd& from, std::string& to, Clock::time_point deadline) {
    while (from && wait_for(from, deadline) && read_some(from, to)) continue;
  }

  [[nodiscard]] termios settings() const {
    termios now{};
    EXPECT_EQ(::tcgetattr(terminal_.get(), &now), 0);
    return now;
  }

  pid_t pid_ = 0;
  Fd pidfd_;
  Fd out_;       // the reading end of its output; of a terminal, the side where the keys are
  Fd err_;       // none on a terminal
  Fd terminal_;  // its side of the terminal, so that the settings outlive it
  termios before_{};
  std::string output_;
  std::string errors_;
  std::size_t found_ = 0;
};

constexpr ToolRun::Input kNoInput = ToolRun::Input::none;
constexpr ToolRun::Input kTerminal = ToolRun::Input::terminal;

// Ended by exit() with this status.
testing::AssertionResult exited(int wait_status, int expected) {
  if (wait_status == -1) return testing::AssertionFailure() << "it did not end";
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == expected) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << (WIFEXITED(wait_status) ? "exit status " + std::to_string(WEXITSTATUS(wait_status))
                                    : "ended by signal " + std::to_string(WTERMSIG(wait_status)));
}

// The keeper, which sees the tool's end and goes too, may take its moment.
testing::AssertionResult leaves_no_process() {
  for (const pid_t pid : marked_processes()) {
    const Fd process = pidfd_of(pid);
    if (process && !wait_for(process, Clock::now() + kPatience)) {
      return testing::AssertionFailure() << "process " << pid << " is left";
    }
  }
  return testing::AssertionSuccess();
}

// Each of the five, by name.
testing::AssertionResult ended_in_order(const std::string& output) {
  for (const char* actor : {"cpu", "memory", "disk", "network", "aggregator"}) {
    const std::string explained =
        "actor '" + std::string(actor) + "' was closed and ended in order";
    if (output.find(explained) == std::string::npos) {
      return testing::AssertionFailure() << "no \"" << explained << "\" in:\n" << output;
    }
  }
  return testing::AssertionSuccess();
}

TEST(Demo, PrintsEachNotificationWithTheProcessesOfBothSides) {
  ToolRun run(kNoInput, {"demo", "--for", "300ms"});
  EXPECT_TRUE(exited(run.wait(), 0));
  EXPECT_EQ(run.errors(), "");
  EXPECT_TRUE(ended_in_order(run.output()));
  EXPECT_TRUE(leaves_no_process());

  std::map<std::string, std::string> pid_by_name;
  const std::regex program(R"(program \((\d+)\))");
  const std::regex notification(R"((\w+) *\((\d+)\) -> (\w+) \((\d+)\)  (.+))");
  std::istringstream lines(run.output());
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, program)) pid_by_name["program"] = match[1];
    if (!std::regex_match(line, match, notification)) continue;
    for (const std::size_t side : {1U, 3U}) {
      const auto known = pid_by_name.emplace(match[side], match[side + 1]).first;
      EXPECT_EQ(known->second, match[side + 1]) << line;
    }
    EXPECT_EQ(match[3], "aggregator") << line;
  }
  std::set<std::string> pids;
  for (const auto& [name, pid] : pid_by_name) pids.insert(pid);
  EXPECT_EQ(pid_by_name.size(), 6U) << run.output();
  EXPECT_EQ(pids.size(), 6U) << "each in a process of its own:\n" << run.output();
}

TEST(Demo, ReadsAgainAndAgain) {
  ToolRun run(kNoInput, {"demo", "--for", "1m", "--every", "10ms"});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(run.shows("cpu "));
  run.send(SIGTERM);
  EXPECT_TRUE(exited(run.wait(), 0));
  EXPECT_TRUE(run.shows("SIGTERM: stop, close and join"));
  EXPECT_TRUE(ended_in_order(run.output()));
}

TEST(Demo, EndsWhenNobodyReadsItsOutput) {
  ToolRun run(kNoInput, {"demo", "--for", "1m"});
  EXPECT_TRUE(run.shows("network "));
  run.stop_reading();  // as `pactor demo | head -1`
  const int status = run.wait();
  EXPECT_TRUE(status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE) << status;
  EXPECT_TRUE(leaves_no_process());
}

TEST(Demo, QEndsItInOrderAndGivesTheTerminalBack) {
  ToolRun run(kTerminal, {"demo"});
  EXPECT_TRUE(run.shows("press q to quit"));
  EXPECT_TRUE(run.shows("-> aggregator"));
  EXPECT_TRUE(run.takes_keys());
  run.press('x');
  run.press('q');
  EXPECT_TRUE(exited(run.wait(), 0));
  EXPECT_TRUE(run.shows("q: stop, close and join"));
  EXPECT_TRUE(ended_in_order(run.output()));
  EXPECT_TRUE(run.terminal_is_as_before());
  EXPECT_TRUE(leaves_no_process());
}

TEST(Demo, OnATerminalTimeEndsItTooIfAskedTo) {
  ToolRun run(kTerminal, {"demo", "--for", "100ms"});
  EXPECT_TRUE(run.shows("or press q to quit"));
  EXPECT_TRUE(exited(run.wait(), 0));
  EXPECT_TRUE(ended_in_order(run.output()));
  EXPECT_TRUE(run.terminal_is_as_before());
}

TEST(Demo, CtrlCEndsItInOrderAndGivesTheTerminalBack) {
  ToolRun run(kTerminal, {"demo"});
  EXPECT_TRUE(run.shows("-> aggregator"));
  run.press('\003');
  EXPECT_TRUE(exited(run.wait(), 0));
  EXPECT_TRUE(run.shows("Ctrl-C: stop, close and join"));
  EXPECT_TRUE(ended_in_order(run.output()));
  EXPECT_TRUE(run.terminal_is_as_before());
  EXPECT_TRUE(leaves_no_process());
}

TEST(Demo, CtrlZGivesTheTerminalBackUntilItGoesOn) {
  ToolRun run(kTerminal, {"demo"});
  EXPECT_TRUE(run.shows("-> aggregator"));
  run.press('\032');
  EXPECT_TRUE(run.stops());
  EXPECT_TRUE(run.terminal_is_as_before());
  run.send(SIGCONT);
  run.press('q');
  EXPECT_TRUE(exited(run.wait(), 0));
  EXPECT_TRUE(run.terminal_is_as_before());
}

class DemoOnATerminal : public testing::TestWithParam<int> {};

TEST_P(DemoOnATerminal, EndsInOrderBySignal) {
  ToolRun run(kTerminal, {"demo"});
  EXPECT_TRUE(run.shows("-> aggregator"));
  run.send(GetParam());
  EXPECT_TRUE(exited(run.wait(), 0));
  EXPECT_TRUE(ended_in_order(run.output()));
  EXPECT_TRUE(run.terminal_is_as_before());
}
INSTANTIATE_TEST_SUITE_P(Signals, DemoOnATerminal, testing::Values(SIGINT, SIGTERM, SIGHUP));

class DemoThatCrashes : public testing::TestWithParam<int> {};

TEST_P(DemoThatCrashes, GivesTheTerminalBackAndLeavesNoProcess) {
  ToolRun run(kTerminal, {"demo"});
  EXPECT_TRUE(run.shows("-> aggregator"));
  run.send(GetParam());
  const int status = run.wait();
  // A sanitizer takes some of these signals and ends the program with a status.
  EXPECT_TRUE(status != -1 && (WIFSIGNALED(status) || WEXITSTATUS(status) != 0)) << status;
  EXPECT_TRUE(run.terminal_is_as_before());
  EXPECT_TRUE(leaves_no_process());
}
INSTANTIATE_TEST_SUITE_P(Signals, DemoThatCrashes, testing::Values(SIGSEGV, SIGABRT, SIGQUIT));

TEST(Tool, RefusesWhatItDoesNotKnowWithUsageAndStatus2) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"dance"},
      {"--dance"},
      {"demo", "--dance"},
      {"demo", "more"},
      {"demo", "--for"},
      {"demo", "--for", "5"},
      {"demo", "--for", "5 parsecs"},
      {"demo", "--for", "-5s"},
      {"demo", "--for", "0s"},
      {"demo", "--for", "99999999999m"},
      {"demo", "--every", "soon"},
  };
  for (const std::vector<std::string>& arguments : wrong) {
    ToolRun run(kNoInput, arguments);
    EXPECT_TRUE(exited(run.wait(), 2)) << testing::PrintToString(arguments);
    EXPECT_EQ(run.output(), "") << testing::PrintToString(arguments);
    EXPECT_TRUE(run.errors().starts_with("pactor: ")) << run.errors();
    EXPECT_NE(run.errors().find("Usage: "), std::string::npos) << run.errors();
  }
}

TEST(Tool, TellsItsVersionAndHowItIsUsed) {
  ToolRun version(kNoInput, {"--version"});
  EXPECT_TRUE(exited(version.wait(), 0));
  EXPECT_TRUE(std::regex_match(version.output(), std::regex(R"(pactor \d+\.\d+\.\d+\n)")))
      << version.output();
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"demo", "--help"}}) {
    ToolRun help(kNoInput, arguments);
    EXPECT_TRUE(exited(help.wait(), 0));
    EXPECT_EQ(help.errors(), "");
    EXPECT_TRUE(help.shows("Usage: "));
  }
}

}  // namespace
