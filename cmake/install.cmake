# What `cmake --install` lays down: the program with its assets, the two libraries with their
# headers, and what find_package(stentor) and pkg-config need. With STENTOR_RESILIENCE_ONLY the one
# library and what finds it.
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/stentor)
# Relative, so that the installed tree may be moved.
file(RELATIVE_PATH pc_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)

set(libraries resilience)
if(NOT STENTOR_RESILIENCE_ONLY)
  list(APPEND libraries messaging)
endif()
foreach(library IN LISTS libraries)
  install(TARGETS ${library} EXPORT stentor-${library} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(
    DIRECTORY ${PROJECT_SOURCE_DIR}/${library}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/stentor
    FILES_MATCHING
    PATTERN "*.hpp"
    PATTERN "sandbox" EXCLUDE)
  install(
    EXPORT stentor-${library}
    NAMESPACE stentor::
    DESTINATION ${config_dir})
  configure_file(cmake/stentor-${library}.pc.in stentor-${library}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/stentor-${library}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

configure_package_config_file(cmake/stentor-config.cmake.in stentor-config.cmake
                              INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(stentor-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/stentor-config.cmake
              ${PROJECT_BINARY_DIR}/stentor-config-version.cmake DESTINATION ${config_dir})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(STENTOR_RESILIENCE_ONLY)
  return()
endif()

install(TARGETS stentor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(
  DIRECTORY ${PROJECT_SOURCE_DIR}/assets/
  DESTINATION ${CMAKE_INSTALL_DATADIR}/stentor
  PATTERN "node_modules" EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/.env.example DESTINATION ${CMAKE_INSTALL_DOCDIR})
