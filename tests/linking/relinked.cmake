# More programs and plug-ins, of sources that are compiled once however often they are linked: with the static
# library by other linkers, and with the shared one.
add_library(linking_objects OBJECT subject.cpp late_host.cpp late.cpp plugin.cpp)
target_link_libraries(linking_objects PRIVATE pactor_headers)
target_compile_definitions(linking_objects PRIVATE PACTOR_LATE_VERSION="one")
set_target_properties(linking_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
pactor_warnings(linking_objects)

# relinked(NAME SOURCE LIBRARY...): in this order, so libc can come first.
function(relinked name source)
  add_executable(${name} $<FILTER:$<TARGET_OBJECTS:linking_objects>,INCLUDE,/${source}\\.cpp>)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/linking)
  target_link_libraries(${name} PRIVATE ${ARGN})
endfunction()
function(shared_plugin name source)
  add_library(${name} MODULE $<FILTER:$<TARGET_OBJECTS:linking_objects>,INCLUDE,/${source}\\.cpp>)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX PREFIX ""
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests/linking)
  target_link_libraries(${name} PRIVATE pactor::shared -Wl,--build-id)
endfunction()

foreach(linker IN ITEMS gold lld mold)
  find_program(PACTOR_LINKER_${linker} NAMES ld.${linker})
  if(PACTOR_LINKER_${linker})
    relinked(linked_${linker} subject -fuse-ld=${linker} pactor::static)
    relinked(shared_subject_${linker} subject -fuse-ld=${linker} pactor::shared)
  endif()
endforeach()

relinked(shared_subject subject pactor::shared)
relinked(shared_subject_as_needed subject -Wl,--as-needed pactor::shared)
relinked(shared_subject_no_pie subject -no-pie pactor::shared)
relinked(shared_subject_after_libc subject -l:libc.so.6 pactor::shared)  # g++ moves -lc to the end
relinked(shared_late_host late_host pactor::shared ${CMAKE_DL_LIBS})
shared_plugin(shared_late_library late)
shared_plugin(shared_plugin plugin)
shared_plugin(shared_plugin_again plugin)
