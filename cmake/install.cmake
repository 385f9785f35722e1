# What `cmake --install` puts where, in three components: the library (what a program needs that is linked
# with the shared one), development (what builds with either), tool. No file names the prefix, so it may be moved.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/pactor)

# One export for each kind, so that either may be absent; pactorConfig.cmake reads what is there.
install(TARGETS pactor_headers EXPORT pactor-headers FILE_SET HEADERS COMPONENT development)
set(exports headers)
foreach(kind IN ITEMS static shared)
  if(TARGET pactor_${kind})
    install(TARGETS pactor_${kind} EXPORT pactor-${kind}
      ARCHIVE COMPONENT development
      LIBRARY COMPONENT library NAMELINK_COMPONENT development)
    list(APPEND exports ${kind})
  endif()
endforeach()
foreach(export IN LISTS exports)
  install(EXPORT pactor-${export} NAMESPACE pactor:: DESTINATION ${package_dir} COMPONENT development)
endforeach()
set_target_properties(pactor_headers PROPERTIES EXPORT_NAME headers)

# The policy of README's section on versions: before 1.0 each minor version is another library.
write_basic_package_version_file(pactorConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/pactorConfig.cmake ${PROJECT_BINARY_DIR}/pactorConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT development)

# pkg-config knows where it found the file; the rest is said from there.
set(pkgconfig_dir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH to_headers ${pkgconfig_dir} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/pactor.pc.in pactor.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pactor.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# The tool. Zsh's directory differs between distributions; this is the one of zsh itself.
set(PACTOR_ZSH_COMPLETIONS_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
  CACHE STRING "Where the completions for zsh go")
if(TARGET pactor_tool)
  if(BUILD_SHARED_LIBS)  # found from where the tool is; a distribution's packages have CMAKE_SKIP_INSTALL_RPATH
    file(RELATIVE_PATH to_libraries ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    set_target_properties(pactor_tool PROPERTIES INSTALL_RPATH $ORIGIN/${to_libraries})
  endif()
  install(TARGETS pactor_tool COMPONENT tool)
  install(FILES cli/pactor.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tool)
  install(FILES cli/completions/pactor.bash RENAME pactor
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT tool)
  install(FILES cli/completions/_pactor DESTINATION ${PACTOR_ZSH_COMPLETIONS_DIR} COMPONENT tool)
  install(FILES cli/completions/pactor.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT tool)
endif()
