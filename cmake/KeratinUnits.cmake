# SPDX-License-Identifier: Apache-2.0
# A folder of src/keratin says `keratin_units(a b c)`: X.cc joins the library, and every X_test.cc that
# lies beside it joins the folder's test program, keratin_<folder>_test. A folder of a closed list says
# `keratin_units()`: all that lie there.
function(keratin_units)
  if(NOT ARGN)
    file(GLOB units RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} CONFIGURE_DEPENDS *.cc)
    list(TRANSFORM units REPLACE "(_test)?\\.cc$" "")
    list(REMOVE_DUPLICATES units)
    keratin_units(${units})
    return()
  endif()
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/src/keratin ${CMAKE_CURRENT_SOURCE_DIR})
  set(tests)
  foreach(unit IN LISTS ARGN)
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/${unit}.cc)
    if(EXISTS ${source})
      target_sources(keratin PRIVATE ${source})
      # They call what loops over elements and do not loop themselves: watched, they compile in two thirds of the time.
      if(KERATIN_SANITIZE AND folder MATCHES "^(layers|models|trainers|saving|callbacks)(/|$)")
        set_source_files_properties(${source} TARGET_DIRECTORY keratin PROPERTIES COMPILE_OPTIONS -O0)
      endif()
    endif()
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${unit}_test.cc)
      list(APPEND tests ${CMAKE_CURRENT_SOURCE_DIR}/${unit}_test.cc)
    endif()
  endforeach()
  if(KERATIN_TEST_FOLDERS AND NOT folder IN_LIST KERATIN_TEST_FOLDERS)
    return()
  endif()
  if(KERATIN_BUILD_TESTS AND tests)
    string(REPLACE "/" "_" folder ${folder})
    keratin_test(${folder} ${tests})
  endif()
endfunction()

# The program keratin_<folder>_test, which is one test, `<folder>`: a process a case would take longer to
# start than most cases take. It finds tests/golden and, where it lies, ../shared through the definitions below.
function(keratin_test folder)
  set(name keratin_${folder}_test)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE keratin GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE
    KERATIN_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden"
    KERATIN_SHARED_DIR="${PROJECT_SOURCE_DIR}/../shared")
  keratin_compile_options(${name})
  if(KERATIN_SANITIZE AND folder MATCHES "^(kernels|table|optimizers)$")  # they compare with references that loop
    target_compile_options(${name} PRIVATE -O1)
  endif()
  add_test(NAME ${folder} COMMAND ${name})
  set_tests_properties(${folder} PROPERTIES TIMEOUT 1200)
endfunction()
