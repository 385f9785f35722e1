# CPack runs this between installing and packing: each package gets its copyright and changelogs, and what is
# documentation is compressed, as Debian's policy (chapter 12) asks.
set(source ${CPACK_PACTOR_SOURCE_DIR})
set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH's, if that is set

function(compress file)
  execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${component}${CPACK_PACKAGING_INSTALL_PREFIX})
  string(TOUPPER ${component} name)
  set(package ${CPACK_DEBIAN_${name}_PACKAGE_NAME})
  set(documents ${root}/share/doc/${package})

  configure_file(${source}/packaging/debian/copyright ${documents}/copyright COPYONLY)
  configure_file(${source}/CHANGELOG.md ${documents}/changelog COPYONLY)
  file(WRITE ${documents}/changelog.Debian
    "pactor (${version}) unstable; urgency=medium\n\n  * Built from the source tree by ./dev package.\n\n"
    " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  compress(${documents}/changelog)
  compress(${documents}/changelog.Debian)
  if(component STREQUAL tool)
    compress(${root}/share/man/man1/pactor.1)
  endif()
endforeach()
