# find_package(pactor): the target pactor::pactor, to link with, and pactor::static and pactor::shared as far as
# they are installed.
#
#     find_package(pactor REQUIRED)                       # as BUILD_SHARED_LIBS says, or the one that is there
#     find_package(pactor REQUIRED COMPONENTS shared)     # that one, or an error
include(CMakeFindDependencyMacro)
find_dependency(Threads)

include(${CMAKE_CURRENT_LIST_DIR}/pactor-headers.cmake)
set(_pactor_kinds static shared)
if(BUILD_SHARED_LIBS)
  set(_pactor_kinds shared static)
endif()
foreach(_pactor_kind IN LISTS _pactor_kinds)
  include(${CMAKE_CURRENT_LIST_DIR}/pactor-${_pactor_kind}.cmake OPTIONAL)
endforeach()

set(pactor_FOUND TRUE)
foreach(_pactor_kind IN LISTS pactor_FIND_COMPONENTS)
  if(TARGET pactor::${_pactor_kind})
    set(pactor_${_pactor_kind}_FOUND TRUE)
  elseif(pactor_FIND_REQUIRED_${_pactor_kind})
    set(pactor_FOUND FALSE)
    string(CONCAT pactor_NOT_FOUND_MESSAGE
      "this pactor was installed without '${_pactor_kind}'; its components are static and shared, and "
      "with PACTOR_BOTH_KINDS=ON both are built")
  endif()
endforeach()

# Who finds pactor twice keeps the first answer.
foreach(_pactor_kind IN LISTS pactor_FIND_COMPONENTS _pactor_kinds)
  if(pactor_FOUND AND TARGET pactor::${_pactor_kind} AND NOT TARGET pactor::pactor)
    add_library(pactor::pactor ALIAS pactor::${_pactor_kind})
  endif()
endforeach()
unset(_pactor_kinds)
unset(_pactor_kind)
