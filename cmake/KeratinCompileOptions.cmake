# SPDX-License-Identifier: Apache-2.0
# The flags of every target of this project: warnings, arithmetic as written, hardening, sanitizers.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

set(KERATIN_HARDENING_FLAGS)
set(KERATIN_HARDENING_LINK_FLAGS)
if(NOT KERATIN_SANITIZE)  # the sanitizers watch the same places, and want to see every access
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    string(MAKE_C_IDENTIFIER "KERATIN_HAS${flag}" has)
    check_cxx_compiler_flag(${flag} ${has})
    if(${has})
      list(APPEND KERATIN_HARDENING_FLAGS ${flag})
    endif()
  endforeach()
  # Level 3 sees sizes that are known at run time only; GCC has it from 12 on.
  set(level 2)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
    set(level 3)
  endif()
  # Some distributions define it already; it means nothing without optimisation.
  set(fortify -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${level})
  if(NOT PROJECT_IS_TOP_LEVEL)  # where the parent may build without, it would be a warning a source
    set(fortify "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:${fortify}>")
  endif()
  list(APPEND KERATIN_HARDENING_FLAGS ${fortify})
  check_linker_flag(CXX "LINKER:-z,relro,-z,now" KERATIN_HAS_RELRO_NOW)
  if(KERATIN_HAS_RELRO_NOW)
    list(APPEND KERATIN_HARDENING_LINK_FLAGS "LINKER:-z,relro,-z,now")
  endif()
endif()

set(KERATIN_WARNING_FLAGS -Wall -Wextra -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees uninitialised members in every moved std::variant (gcc.gnu.org/PR105562), and overlaps
  # of half the address space in the sum of two strings (gcc.gnu.org/PR105651).
  list(APPEND KERATIN_WARNING_FLAGS -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # it takes a source that is included for a header
  list(APPEND KERATIN_WARNING_FLAGS -Wno-subobject-linkage)
endif()
if(KERATIN_WERROR)
  list(APPEND KERATIN_WARNING_FLAGS -Werror)
endif()

function(keratin_compile_options target)
  # Without traps and errno, which nobody asks for, loops that choose between two numbers or take a root become
  # vectors; no number changes.
  target_compile_options(${target} PRIVATE ${KERATIN_WARNING_FLAGS} -ffp-contract=off -fno-trapping-math -fno-math-errno
                                           ${KERATIN_HARDENING_FLAGS})
  target_link_options(${target} PRIVATE ${KERATIN_HARDENING_LINK_FLAGS})
  # Nobody puts functions of their own in place of ours: calls within the library go straight to them, and what is
  # short may be inlined. Other builds are for looking into.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-fno-semantic-interposition>)
  target_link_options(${target} PRIVATE $<$<CONFIG:Release>:-Wl,-Bsymbolic-functions>)
  if(KERATIN_SANITIZE)
    # What is read through a null pointer ends the program without a check in front of each read, too.
    target_compile_options(${target} PRIVATE -fsanitize=${KERATIN_SANITIZE} -fno-sanitize=null
      -fno-omit-frame-pointer -fno-sanitize-recover=all)
    if(NOT target STREQUAL "keratin")  # what loops is the library: the rest compiles in half the time, and is watched all the same
      target_compile_options(${target} PRIVATE -O0)
    endif()
    target_link_options(${target} PRIVATE -fsanitize=${KERATIN_SANITIZE})
  endif()
endfunction()
