# Stands in for vcpkg, which no distribution has: runs a port's file with these functions in place of vcpkg's of the
# same names, far enough to build and install what a consumer then finds in PREFIX.
#
#     cmake -DPORT_DIR=<directory> -DBUILD=<directory> -DPREFIX=<directory> -DCOMPILER=<c++> -P vcpkg_stub.cmake
cmake_minimum_required(VERSION 3.25)
file(READ ${PORT_DIR}/vcpkg.json manifest)
string(JSON PORT GET ${manifest} name)
set(CURRENT_PACKAGES_DIR ${PREFIX})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# parse(KEYS LISTS ARGUMENT...): the port uses no others.
macro(parse keys lists)
  cmake_parse_arguments(arg "" "${keys}" "${lists}" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION} does not take ${arg_UNPARSED_ARGUMENTS}")
  endif()
endmacro()
macro(expect_there)
  foreach(path IN ITEMS ${ARGN})
    if(NOT EXISTS ${path})
      message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION}: there is no ${path}")
    endif()
  endforeach()
endmacro()

function(vcpkg_cmake_configure)
  parse("SOURCE_PATH;GENERATOR" "OPTIONS;OPTIONS_RELEASE;OPTIONS_DEBUG" ${ARGN})
  run(${CMAKE_COMMAND} -G Ninja -S ${arg_SOURCE_PATH} -B ${BUILD} ${arg_OPTIONS}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_PREFIX=${PREFIX}
    -DBUILD_SHARED_LIBS=OFF)
endfunction()
function(vcpkg_cmake_install)
  run(${CMAKE_COMMAND} --build ${BUILD} --target install)
endfunction()
function(vcpkg_cmake_config_fixup)
  parse("CONFIG_PATH;PACKAGE_NAME" "" ${ARGN})
  expect_there(${PREFIX}/${arg_CONFIG_PATH}/${PORT}Config.cmake)
endfunction()
function(vcpkg_fixup_pkgconfig)
  expect_there(${PREFIX}/lib/pkgconfig/${PORT}.pc)
endfunction()
function(vcpkg_install_copyright)
  parse("COMMENT" "FILE_LIST" ${ARGN})
  expect_there(${arg_FILE_LIST})
endfunction()

include(${PORT_DIR}/portfile.cmake)
expect_there(${PREFIX}/share/${PORT}/usage)
