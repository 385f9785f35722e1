// ./dev, with programs of its own choosing in the places of Debian's: what it installs, and by whom.
#include "run_program.hpp"
#include "scratch.hpp"
#include "support.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using pactor::testing::contains;
using pactor::testing::FinishedRun;
using pactor::testing::read_file;
using pactor::testing::run_program;
using pactor::testing::Scratch;

// A directory before all others in PATH. The commands in it write down how they were called.
class Dev : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"cmake", "ctest", "doxygen", "sphinx-build"})
      command(name, "exit 0");
    command("find", "exit 0");  // other tests may be making and removing files
    command("id", "echo 0");
    command("dpkg-query", "echo installed");
    command("apt-get", "exit 0");
    command("sudo", "exec \"$@\"");
  }

  void command(const std::string& name, const std::string& script) const {
    const fs::path file = path() / name;
    std::ofstream(file) << "#!/bin/bash\necho \"" << name << " $*\" >> '" << log().string() << "'\n"
                        << script << '\n';
    fs::permissions(file, fs::perms::owner_all);
  }
  void remove(const std::string& name) const { fs::remove(path() / name); }

  // As a rule ./dev asan, the shortest of its commands that need packages.
  [[nodiscard]] FinishedRun run(const std::vector<std::string>& arguments = {"asan"}) const {
    // No more of the system's commands than the script names, and so no other sudo.
    for (const char* name : {"bash", "env", "sort", "comm", "cut", "grep", "nproc", "rm", "dirname",
                             "readlink", "cat", "sleep"}) {
      for (const char* directory : {"/bin/", "/usr/bin/"}) {
        const fs::path link = path() / name, target = std::string(directory) + name;
        if (!fs::exists(link) && fs::exists(target)) fs::create_symlink(target, link);
      }
    }
    std::vector<std::string> words = {"/usr/bin/env", "-C", "/", "PATH=" + path().string(),
                                      PACTOR_SOURCE_DIR "/dev"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return run_program(words);
  }
  [[nodiscard]] std::string calls() const { return read_file(log()); }

 private:
  [[nodiscard]] const fs::path& path() const { return scratch_.path(); }
  [[nodiscard]] fs::path log() const { return path() / "calls"; }

  const Scratch scratch_;
};

TEST_F(Dev, AsksNeitherTheNetworkNorForRootWhenNothingIsMissing) {
  const FinishedRun done = run();
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_FALSE(contains(calls(), "apt-get") || contains(calls(), "sudo")) << calls();
  EXPECT_TRUE(contains(calls(), "ctest --preset asan")) << calls();
}

TEST_F(Dev, InstallsWhatIsMissingOnce) {
  command("dpkg-query", "[[ ${!#} != gdb ]] || exit 1; echo installed");
  const FinishedRun done = run();
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_TRUE(contains(done.output, "dev: installing gdb (apt-get)")) << done.output;
  EXPECT_TRUE(contains(calls(), "--no-install-recommends gdb\n")) << calls();
  EXPECT_FALSE(contains(calls(), "sudo")) << calls();
}

TEST_F(Dev, InstallsWithSudoWhoeverIsNotRoot) {
  command("id", "echo 1000");
  command("dpkg-query", "exit 1");
  const FinishedRun done = run();
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_TRUE(contains(calls(), "sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get"))
      << calls();
}

TEST_F(Dev, SaysWhatToInstallWhoHasNoSudo) {
  command("id", "echo 1000");
  command("dpkg-query", "[[ ${!#} != gdb ]] || exit 1; echo installed");
  remove("sudo");
  const FinishedRun done = run();
  EXPECT_NE(done.status, 0);
  EXPECT_TRUE(contains(done.output, "have somebody run: apt-get install gdb\n")) << done.output;
  EXPECT_FALSE(contains(calls(), "ctest")) << calls();
}

TEST_F(Dev, SaysWhatCouldNotBeInstalled) {
  command("dpkg-query", "[[ ${!#} != gdb ]] || exit 1; echo installed");
  command("apt-get", "exit 100");
  const FinishedRun done = run();
  EXPECT_NE(done.status, 0);
  EXPECT_TRUE(contains(done.output, "apt-get could not install gdb")) << done.output;
  EXPECT_FALSE(contains(calls(), "ctest")) << calls();
}

TEST_F(Dev, WaitsUntilAnotherAptIsDone) {
  command("dpkg-query", "[[ ${!#} != gdb ]] || exit 1; echo installed");
  command(
      "apt-get",
      "[[ $(grep -c '^apt-get.*update' \"${0%/*}/calls\") -gt 1 ]] || { echo 'E: Could not get lock"
      " /var/lib/apt/lists/lock. It is held by process 1 (apt-get)' >&2; exit 100; }");
  const FinishedRun done = run();
  EXPECT_EQ(done.status, 0) << done.output;
  EXPECT_FALSE(contains(done.output, "Could not get lock")) << done.output;
  EXPECT_TRUE(contains(calls(), "--no-install-recommends gdb\n")) << calls();
}

TEST_F(Dev, TestsNothingThatDidNotBuildAndGoesOn) {
  // Nor is anything packed: packages that lie there stay.
  command("cmake", "[[ $* != '--build --preset asan' && $* != '--build --preset package' ]]");
  const FinishedRun done = run({"test", "--full"});
  EXPECT_EQ(done.status, 1);
  EXPECT_TRUE(contains(done.output, "dev: failed: asan\n")) << done.output;
  EXPECT_FALSE(contains(calls(), "ctest --preset asan")) << calls();
  EXPECT_TRUE(contains(calls(), "ctest --preset tsan")) << calls();
}

TEST_F(Dev, HelpNamesEveryCommand) {
  const std::string help = run({"--help"}).output;
  std::ifstream script(PACTOR_SOURCE_DIR "/dev");
  bool inside = false;
  int found = 0;
  for (std::string line; std::getline(script, line);) {
    if (line.starts_with("case $command")) inside = true;
    const std::size_t end = line.find(')');
    if (!inside || !line.starts_with("  ") || line.starts_with("   ") || end == std::string::npos) {
      continue;
    }
    const std::string name = line.substr(2, line.find_first_of(" )", 2) - 2);
    if (name == "*" || name.starts_with("-")) continue;
    EXPECT_TRUE(contains(help, "\n  " + name)) << name << " is not in:\n" << help;
    ++found;
  }
  EXPECT_GE(found, 5);
}

TEST_F(Dev, RefusesACommandThatItDoesNotKnow) {
  const FinishedRun done = run({"tset"});
  EXPECT_EQ(done.status, 2);
  EXPECT_TRUE(contains(done.output, "usage: ./dev COMMAND")) << done.output;
}

}  // namespace
