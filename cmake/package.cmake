# `./dev package`: packages for Debian by CPack, one for each component of cmake/install.cmake.
# A placeholder: say -DPACTOR_MAINTAINER='Name <address>' before you give packages to others.
set(PACTOR_MAINTAINER "The pactor authors <maintainers@pactor.invalid>" CACHE STRING
  "Who answers for the packages: Name <address>")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT ${PACTOR_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL library development tool)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS  # whatever the umask
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(about
"pactor makes an object of any C++ class an actor: a process of its own,
spoken to by messages through a proxy that has the methods of the class.
.
This package contains")

# Named after the SONAME, so that programs of two minor versions can be installed at once.
set(library libpactor${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/packaging/debian/triggers)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY >=)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "C++ classes as actors, one process each - shared library
${about} the shared library.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libpactor-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${library} (= ${version})")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "C++ classes as actors, one process each - development files
${about} the headers, the static library, and what CMake and
pkg-config read.")

set(CPACK_DEBIAN_TOOL_PACKAGE_NAME pactor)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "${library} (>= ${version})")
set(CPACK_DEBIAN_TOOL_DESCRIPTION "C++ classes as actors, one process each - command line tool
${about} the tool of that name.")

# What Debian wants in every package, once all is installed and before it is packed.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/packaging/debian/add_documents.cmake)
set(CPACK_PACTOR_SOURCE_DIR ${PROJECT_SOURCE_DIR})
include(CPack)
