# SPDX-License-Identifier: Apache-2.0
# A folder of src/keratin says `keratin_units(a b c)`: X.cc joins the library, and every X_test.cc that
# lies beside it joins the folder's test program, keratin_<folder>_test.
function(keratin_units)
  set(tests)
  foreach(unit IN LISTS ARGN)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${unit}.cc)
      target_sources(keratin PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/${unit}.cc)
    endif()
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${unit}_test.cc)
      list(APPEND tests ${CMAKE_CURRENT_SOURCE_DIR}/${unit}_test.cc)
    endif()
  endforeach()
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src/keratin ${CMAKE_CURRENT_SOURCE_DIR})
  if(KERATIN_TEST_FOLDERS AND NOT folder IN_LIST KERATIN_TEST_FOLDERS)
    return()
  endif()
  if(KERATIN_BUILD_TESTS AND tests)
    string(REPLACE "/" "_" folder ${folder})
    keratin_test(keratin_${folder}_test ${tests})
  endif()
endfunction()

# A test program; it finds tests/golden and, where it lies, ../shared through the definitions below.
function(keratin_test name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE keratin GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    KERATIN_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
    KERATIN_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  keratin_compile_options(${name})
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
