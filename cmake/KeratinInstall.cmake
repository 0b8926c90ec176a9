# SPDX-License-Identifier: Apache-2.0
# `cmake --install`: the library, its public headers, and the package that find_package(keratin) reads.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(KERATIN_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/keratin)
set_target_properties(keratin PROPERTIES VERSION ${PROJECT_VERSION}
                                         SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_include_directories(keratin PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
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
  # The tool finds the library beside it, wherever both have been moved to.
  file(RELATIVE_PATH from_bin_to_lib ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(keratin_cli PROPERTIES INSTALL_RPATH $ORIGIN/${from_bin_to_lib})
  install(TARGETS keratin_cli)
endif()

# For pkg-config. One kind of library is installed: the static one says what else is to be linked without --static, too.
set(KERATIN_PC_DIR ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH KERATIN_PC_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH KERATIN_PC_INCLUDE ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
set(KERATIN_PC_REQUIRES "")
set(KERATIN_PC_LIBS "")
if(NOT BUILD_SHARED_LIBS)
  set(KERATIN_PC_REQUIRES "tbb libhwy libutf8proc zlib")
  set(KERATIN_PC_LIBS " -pthread")
endif()
configure_file(cmake/keratin.pc.in ${PROJECT_BINARY_DIR}/keratin.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/keratin.pc DESTINATION ${KERATIN_PC_DIR})
