// Packages, for Debian, vcpkg and Conan. What takes minutes, which is nearly all of it, with PACTOR_FULL=1.

#include "consumer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>
#include <string>

namespace {

using namespace consumer;  // NOLINT: this file is about nothing else

bool has(const std::string& program) {
  return pactor::testing::run_program({"sh", "-c", "command -v " + program}).status == 0;
}

const std::string kMinor =
    std::to_string(PACTOR_VERSION_MAJOR) + "." + std::to_string(PACTOR_VERSION_MINOR);

TEST(Packaging, ThePortForVcpkgBearsTheVersionOfTheHeader) {
  EXPECT_TRUE(contains(read_file(kTree / "packaging/vcpkg/vcpkg.json"),
                       "\"version\": \"" PACTOR_VERSION "\""));
}

// ---- What takes minutes ----------------------------------------------------------------------

class PackagingAtLength : public ConsumerTest {
 protected:
  void SetUp() override {
    if (!full()) GTEST_SKIP() << "PACTOR_FULL is not set";
  }
};

TEST_F(PackagingAtLength, ThePortForVcpkgServesAProjectThatFindsThePackage) {
  const fs::path prefix = scratch() / "packages";
  run("cmake -DPORT_DIR=" + (kTree / "packaging/vcpkg").string() +
      " -DBUILD=" + (scratch() / "port").string() + " -DPREFIX=" + prefix.string() +
      " -DCOMPILER=" PACTOR_CXX " -P " + (kTree / "tests/packaging/vcpkg_stub.cmake").string());
  EXPECT_FALSE(fs::exists(prefix / "bin")) << "the library alone";
  configure(kProjects / "find_package", "-DCMAKE_PREFIX_PATH=" + prefix.string());
  build_project();
  EXPECT_EQ(output_of("consumer"), kWorks);
}

TEST_F(PackagingAtLength, TheRecipeForConanMakesAPackageThatItsTestProgramRunsWith) {
  if (!has("conan") || !has("make")) GTEST_SKIP() << "needs make, and conan (pip install conan)";
  const std::string home = "CONAN_HOME=" + (scratch() / "conan").string() + " ";
  run(home + "conan profile detect");
  const std::string output = run(home + "conan create " + (kTree / "packaging/conan").string() +
                                 " --no-remote -s compiler.cppstd=20 -o 'pactor/*:shared=True'"
                                 " -c tools.cmake.cmake_layout:test_folder=" +
                                 (scratch() / "test").string() + " 2>&1");
  EXPECT_TRUE(contains(output, kWorks)) << output;
}

// What CPack makes of this build; `./dev package` has it make the same of one as Debian would build it.
class DebianPackages : public PackagingAtLength {
 protected:
  void SetUp() override {
    PackagingAtLength::SetUp();
    if (IsSkipped()) return;
    if (!has("dpkg-shlibdeps") || !has("file")) GTEST_SKIP() << "needs dpkg-dev and file";
    run("cd " + scratch().string() + " && cpack --config " PACTOR_BINARY_DIR "/CPackConfig.cmake");
    for (const auto& entry : fs::directory_iterator(scratch())) {
      if (entry.path().extension() == ".deb") {
        const std::string name =
            run("dpkg-deb --showformat='${Package}' -W " + entry.path().string());
        files_[name] = entry.path();
      }
    }
  }

  std::string field(const std::string& package, const std::string& name) {
    return run("dpkg-deb -f " + files_.at(package).string() + " " + name);
  }
  std::string contents(const std::string& package) {
    return run("dpkg-deb -c " + files_.at(package).string());
  }

  std::map<std::string, fs::path> files_;
};

TEST_F(DebianPackages, AreTheLibraryAndWhatBuildsWithItAndTheTool) {
  const std::string library = "libpactor" + kMinor;
  ASSERT_EQ(files_.size(), 3U);
  ASSERT_TRUE(files_.contains(library) && files_.contains("libpactor-dev") &&
              files_.contains("pactor"));

  EXPECT_TRUE(contains(contents(library), "/libpactor.so." + kMinor + " -> "));
  EXPECT_FALSE(contains(contents(library), "/libpactor.so -> "));
  EXPECT_TRUE(contains(field(library, "Depends"), "libstdc++6"));
  EXPECT_TRUE(contains(run("dpkg-deb -I " + files_[library].string() + " shlibs"),
                       "libpactor " + kMinor + " " + library));

  for (const char* file : {"/libpactor.so -> ", "/libpactor.a", "/include/pactor/pactor.hpp",
                           "/cmake/pactor/pactorConfig.cmake", "/pkgconfig/pactor.pc"}) {
    EXPECT_TRUE(contains(contents("libpactor-dev"), file)) << file;
  }
  EXPECT_EQ(field("libpactor-dev", "Depends"), library + " (= " PACTOR_VERSION "-1)\n");

  for (const char* file : {"/usr/bin/pactor", "/man1/pactor.1.gz",
                           "/bash-completion/completions/pactor", "/_pactor", "/pactor.fish"}) {
    EXPECT_TRUE(contains(contents("pactor"), file)) << file;
  }
  EXPECT_TRUE(contains(field("pactor", "Depends"), library + " (>= "));
}

TEST_F(DebianPackages, HaveWhatTheirPolicyAsksOfEach) {
  for (const auto& [package, file] : files_) {
    const std::string documents = "/usr/share/doc/" + package + "/";
    for (const char* document : {"copyright", "changelog.gz", "changelog.Debian.gz"}) {
      EXPECT_TRUE(contains(contents(package), documents + document)) << package;
    }
    EXPECT_FALSE(field(package, "Section").empty()) << package;
    EXPECT_TRUE(contains(field(package, "Description"), "\n This package contains")) << package;
    EXPECT_FALSE(contains(contents(package), "/usr/local/")) << package;
  }
}

}  // namespace
