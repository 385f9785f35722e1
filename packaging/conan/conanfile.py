# Conan 2: the library as a package, from the tree that this file lies in.
#
#     conan create packaging/conan -s compiler.cppstd=20     # static
#     conan create packaging/conan -s compiler.cppstd=20 -o 'pactor/*:shared=True'
import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class Pactor(ConanFile):
    name = "pactor"
    description = "Ordinary C++ classes as actors, one process each"
    license = "MIT"
    topics = ("actor", "concurrency", "ipc", "shared-memory")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    def _tree(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self._tree(), "pactor", "version.hpp"))
        self.version = ".".join(re.findall(r"^#define PACTOR_VERSION_[A-Z]+ (\d+)$", header, re.MULTILINE))

    def export_sources(self):
        for pattern in ("CMakeLists.txt", "LICENSE", "cmake/*", "pactor/*"):
            copy(self, pattern, src=self._tree(), dst=self.export_sources_folder, excludes="*_test.cpp")

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("pactor is made of what Linux offers, and of nothing else")
        check_min_cppstd(self, 20)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["PACTOR_BOTH_KINDS"] = False
        for part in ("TESTS", "TOOL", "EXAMPLES", "BENCH"):
            toolchain.cache_variables[f"PACTOR_{part}"] = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        # Conan writes files of its own for CMake and pkg-config, for it knows the consumer's build types.
        for folder in ("cmake", "pkgconfig"):
            rmdir(self, os.path.join(self.package_folder, "lib", folder))

    def package_info(self):
        self.cpp_info.libs = ["pactor"]
        self.cpp_info.set_property("cmake_file_name", "pactor")
        self.cpp_info.set_property("cmake_target_name", "pactor::pactor")
        self.cpp_info.set_property("pkg_config_name", "pactor")
        if not self.options.shared:
            self.cpp_info.system_libs = ["pthread", "dl"]
            self.cpp_info.exelinkflags = ["-Wl,--undefined=pactor_comes_before_main"]  # see interpose.cpp
