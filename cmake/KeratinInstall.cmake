# SPDX-License-Identifier: Apache-2.0
# `cmake --install`: the library, its public headers, and the package that find_package(keratin) reads.
include(CMakePackageConfigHelpers)

set(KERATIN_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/keratin)
set_target_properties(keratin PROPERTIES VERSION ${PROJECT_VERSION}
                                         SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
install(TARGETS keratin EXPORT keratinTargets)
install(EXPORT keratinTargets NAMESPACE keratin:: DESTINATION ${KERATIN_PACKAGE_DIR})
# Which headers are public is worked out when they are installed: what keratin.h includes, and no other.
install(CODE "set(KERATIN_SOURCE_DIR \"${PROJECT_SOURCE_DIR}\")
set(KERATIN_INSTALL_INCLUDEDIR \"${CMAKE_INSTALL_INCLUDEDIR}\")")
install(SCRIPT ${PROJECT_SOURCE_DIR}/cmake/InstallHeaders.cmake)

configure_package_config_file(cmake/keratinConfig.cmake.in ${PROJECT_BINARY_DIR}/keratinConfig.cmake
                              INSTALL_DESTINATION ${KERATIN_PACKAGE_DIR})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/keratinConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/keratinConfig.cmake ${PROJECT_BINARY_DIR}/keratinConfigVersion.cmake
        DESTINATION ${KERATIN_PACKAGE_DIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(TARGET keratin_cli)
  install(TARGETS keratin_cli)
endif()
