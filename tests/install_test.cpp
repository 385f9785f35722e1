// What is installed serves projects of others: CMake's packages and pkg-config, static and shared, wherever it is
// moved to. With PACTOR_FULL=1 also what takes minutes: projects that build pactor themselves.

#include "consumer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace consumer;  // NOLINT: this file is about nothing else

// With what the build has installed, moved to somewhere else.
class Install : public ConsumerTest {
 protected:
  void SetUp() override {
    if (!fs::exists(PACTOR_BINARY_DIR "/libpactor.so")) GTEST_SKIP() << "built with one kind only";
    const fs::path first = scratch() / "first";
    run("cmake --install " PACTOR_BINARY_DIR " --prefix " + first.string());
    fs::rename(first, prefix());
  }
  [[nodiscard]] fs::path prefix() const { return scratch() / "moved"; }
  [[nodiscard]] std::string prefix_option() const {
    return "-DCMAKE_PREFIX_PATH=" + prefix().string();
  }
  // The directory with the library in it, which GNUInstallDirs names.
  [[nodiscard]] fs::path libraries() const {
    for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
      if (entry.path().filename() == "libpactor.a") return entry.path().parent_path();
    }
    ADD_FAILURE() << "no libpactor.a";
    return {};
  }
};

TEST_F(Install, ServesProjectsThatFindThePackageWithEitherKind) {
  configure(kProjects / "find_package", prefix_option() + " -DBUILD_SHARED_LIBS=ON");
  build_project();
  for (const char* program : {"consumer", "consumer_static", "consumer_shared"}) {
    EXPECT_EQ(output_of(program), kWorks) << program;
  }
  EXPECT_TRUE(needs_the_shared_library(build() / "consumer"));
  EXPECT_TRUE(needs_the_shared_library(build() / "consumer_shared"));
  EXPECT_FALSE(needs_the_shared_library(build() / "consumer_static"));
}

// `text` with `to` in place of `from`, which has to be there.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST_F(Install, ServesTheCompilersCommandLineOfTheReadmeByPkgConfig) {
  const std::string environment = "export PKG_CONFIG_PATH=" + (libraries() / "pkgconfig").string() +
                                  " LD_LIBRARY_PATH=" + libraries().string() + "; cd " +
                                  scratch().string() + "; ";
  const std::string command = replaced(line_of_readme("g++ "), "g++", PACTOR_CXX);
  fs::copy_file(kProjects / "consumer.cpp", scratch() / "my_program.cpp");
  EXPECT_EQ(run(environment + command + " && ./a.out"), kWorks);
  EXPECT_TRUE(needs_the_shared_library(scratch() / "a.out"));

  const std::string statically = replaced(command, "--cflags", "--static --cflags") + " -static";
  EXPECT_EQ(run(environment + statically + " && ./a.out"), kWorks);
  EXPECT_EQ(run(environment + "pkg-config --modversion pactor"), PACTOR_VERSION "\n");
}

TEST(Readme, HasProjectsWriteWhatTheConsumersHereWrite) {
  for (const std::string project : {"find_package", "add_subdirectory", "fetch_content"}) {
    const std::string text = read_file(kProjects / project / "CMakeLists.txt");
    const std::string line = line_of_readme(
        project == "fetch_content" ? "FetchContent_MakeAvailable" : project + "(pactor");
    EXPECT_TRUE(contains(text, "\n" + line + "\n")) << line;
    const std::string link =
        replaced(line_of_readme("target_link_libraries"), "my_program", "consumer");
    EXPECT_TRUE(contains(text, "\n" + link + "\n")) << link;
  }
}

// One project, one directory for each question, for in one the first answer is kept.
TEST_F(Install, HasThePackageThatWasAskedForOrSaysWhatThereIs) {
  struct Question {
    std::string lines;
    std::string answer;
  };
  const std::vector<Question> questions = {
      {"find_package(pactor REQUIRED)", "pactor::static"},
      {"set(BUILD_SHARED_LIBS ON)\nfind_package(pactor REQUIRED)", "pactor::shared"},
      {"find_package(pactor REQUIRED COMPONENTS shared)", "pactor::shared"},
      {"set(BUILD_SHARED_LIBS ON)\nfind_package(pactor REQUIRED COMPONENTS static)",
       "pactor::static"},
      {"find_package(pactor COMPONENTS fast)", "its components are static and shared"},
      {"file(REMOVE ${pactor_DIR}/pactor-static.cmake)\nfind_package(pactor REQUIRED)",
       "pactor::shared"},
      {"find_package(pactor COMPONENTS static)", "was installed without 'static'"},
      {"find_package(pactor 0.0.1)", "not found"},
  };
  const fs::path project = scratch() / "questions";
  fs::create_directory(project);
  std::ofstream top(project / "CMakeLists.txt");
  top << "cmake_minimum_required(VERSION 3.25)\nproject(questions LANGUAGES CXX)\n";
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::string name = "question" + std::to_string(i);
    fs::create_directory(project / name);
    std::ofstream(project / name / "CMakeLists.txt")
        << questions[i].lines
        << "\nset(answer \"${pactor_NOT_FOUND_MESSAGE}\")\n"
           "if(TARGET pactor::pactor)\n"
           "  get_target_property(answer pactor::pactor ALIASED_TARGET)\n"
           "elseif(NOT pactor_NOT_FOUND_MESSAGE)\n"
           "  set(answer \"not found\")\n"
           "endif()\n"
           "message(\""
        << name << ": ${answer}\")\n";
    top << "add_subdirectory(" << name << ")\n";
  }
  top.close();
  const std::string output = configure(project, prefix_option() + " 2>&1");
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::size_t begin = output.find("question" + std::to_string(i) + ": ");
    const std::string answer = output.substr(begin, output.find("\n", begin) - begin);
    EXPECT_TRUE(contains(answer, questions[i].answer)) << questions[i].lines << '\n' << answer;
  }
}

std::vector<std::string> headers_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".hpp") {
      names.push_back(entry.path().lexically_relative(folder).string());
    }
  }
  std::ranges::sort(names);
  return names;
}

TEST_F(Install, HasTheHeadersOfTheTreeAndNoOthers) {
  const fs::path installed = prefix() / "include/pactor";
  EXPECT_EQ(headers_below(installed), headers_below(kTree / "pactor"));
  for (const std::string& header : headers_below(installed)) {
    EXPECT_EQ(read_file(installed / header), read_file(kTree / "pactor" / header)) << header;
  }
}

TEST_F(Install, SaysNowhereWhereItWasBuiltOrPutFirst) {
  for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
    const std::string extension = entry.path().extension();
    if (extension != ".cmake" && extension != ".pc") continue;
    const std::string text = read_file(entry.path());
    EXPECT_FALSE(contains(text, PACTOR_SOURCE_DIR)) << entry.path();
    EXPECT_FALSE(contains(text, scratch().string())) << entry.path();
  }
}

// ---- What takes minutes ----------------------------------------------------------------------

TEST_F(Install, HasHeadersOfWhichEachCompilesAlone) {
  if (!full()) GTEST_SKIP() << "PACTOR_FULL is not set";
  for (const std::string& header : headers_below(prefix() / "include")) {
    run("echo '#include <" + header +
        ">' | " PACTOR_CXX
        " -std=c++20 -fsyntax-only -Wall -Wextra "
        "-Werror -x c++ - -I" +
        (prefix() / "include").string());
  }
}

class InstallCommands : public ConsumerTest {};

TEST_F(InstallCommands, OfTheReadmePutLibraryAndToolWhereTheySay) {
  if (!full()) GTEST_SKIP() << "PACTOR_FULL is not set";
  const std::string prefix = (scratch() / "opt").string();
  for (const char* command : {"cmake -B", "cmake --build build/install", "cmake --install"}) {
    std::string line = replaced(line_of_readme(command), "build/install", build().string());
    if (contains(line, "/opt/pactor")) line = replaced(line, "/opt/pactor", prefix);
    run("cd " + kTree.string() + " && CMAKE_GENERATOR=Ninja " + line);
  }
  EXPECT_EQ(run(prefix + "/bin/pactor --version"), "pactor " PACTOR_VERSION "\n");
  EXPECT_TRUE(fs::exists(prefix + "/include/pactor/pactor.hpp"));
}

// Projects that build pactor as a part of themselves: the kind of library that they say, and neither
// tests nor tool.
class BuildInside : public ConsumerTest {
 protected:
  void SetUp() override {
    if (!full()) GTEST_SKIP() << "PACTOR_FULL is not set";
  }
  // A copy of the project, with pactor's tree in it as a directory and as an archive.
  fs::path project(const std::string& name) {
    const fs::path copy = scratch() / name;
    fs::create_directory(copy);
    fs::copy_file(kProjects / name / "CMakeLists.txt", copy / "CMakeLists.txt");
    fs::copy_file(kProjects / "consumer.cpp", copy / "consumer.cpp");
    fs::create_directory_symlink(kTree, copy / "pactor");
    run("tar -C " + kTree.parent_path().string() + " --exclude=build --exclude=.git -czf " +
        (copy / "pactor.tar.gz").string() + " " + kTree.filename().string());
    return copy;
  }
  std::string build_files() { return run("find " + build().string() + " -type f -printf '%f\\n'"); }
};

TEST_F(BuildInside, AsASubdirectoryIsTheStaticLibrary) {
  configure(project("add_subdirectory"), "");
  build_project();
  EXPECT_EQ(output_of("consumer"), kWorks);
  EXPECT_FALSE(needs_the_shared_library(build() / "consumer"));
  EXPECT_FALSE(contains(build_files(), "libpactor.so"));
  EXPECT_FALSE(contains(build_files(), "_test"));
}

TEST_F(BuildInside, AsFetchedContentIsTheSharedLibraryWhereTheProjectBuildsSuch) {
  configure(project("fetch_content"), "-DBUILD_SHARED_LIBS=ON");
  build_project();
  EXPECT_EQ(output_of("consumer"), kWorks);
  EXPECT_TRUE(needs_the_shared_library(build() / "consumer"));
  EXPECT_FALSE(contains(build_files(), "libpactor.a"));
}

}  // namespace
