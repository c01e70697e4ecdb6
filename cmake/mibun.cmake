# How a mibun target is built: one place for language, warnings, sanitizers, what a floor may see, what is installed.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(MIBUN_ONLY_CORE "Only the library of core/: needs OpenSSL, zlib and Boost.JSON, nothing else" OFF)
option(MIBUN_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(MIBUN_FUZZ "Link the fuzz targets with libFuzzer (clang)" OFF)
set(MIBUN_SANITIZE "" CACHE STRING "Sanitizers for everything: address,undefined or thread")

find_program(MIBUN_CCACHE ccache)
if(MIBUN_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${MIBUN_CCACHE})
  # What ccache wants to be told before it keeps anything that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${MIBUN_CCACHE})
endif()

if(MIBUN_WEB)
  include(web)
else()
  find_package(Threads REQUIRED)
  find_package(OpenSSL 3.0 REQUIRED)
  find_package(ZLIB REQUIRED)
  find_package(Boost 1.81 REQUIRED COMPONENTS json)
endif()
if(NOT MIBUN_ONLY_CORE)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
  pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
  pkg_check_modules(FIDO2 REQUIRED IMPORTED_TARGET libfido2)
  pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
  pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
  pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
  pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
  pkg_check_modules(P11KIT REQUIRED IMPORTED_TARGET p11-kit-1)
  pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
  find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
  find_package(benchmark CONFIG REQUIRED)
endif()

# What whoever uses a library needs as well.
add_library(mibun_requirements INTERFACE)
set_target_properties(mibun_requirements PROPERTIES EXPORT_NAME requirements)
target_compile_features(mibun_requirements INTERFACE cxx_std_23)
if(MIBUN_WEB)  # a few headers that differ
  target_include_directories(mibun_requirements BEFORE INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/web/headers>)
endif()
target_include_directories(mibun_requirements INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/mibun>)
if(NOT MIBUN_WEB)
  target_link_libraries(mibun_requirements INTERFACE Threads::Threads)
endif()

# How we build our own code; never handed on.
add_library(mibun_options INTERFACE)
target_link_libraries(mibun_options INTERFACE mibun_requirements)
target_compile_options(mibun_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Woverloaded-virtual -Wnull-dereference -Wformat=2 -Wimplicit-fallthrough -Werror
  -fno-omit-frame-pointer)
if(NOT MIBUN_WEB)
  target_compile_options(mibun_options INTERFACE -fstack-protector-strong)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 takes std::expected's inlined destructors for null dereferences and uninitialised reads.
  target_compile_options(mibun_options INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized -Wno-missing-field-initializers)
else()
  target_compile_options(mibun_options INTERFACE -Wno-missing-designated-field-initializers -Wno-missing-field-initializers)
endif()
if(MIBUN_SANITIZE)
  target_compile_options(mibun_options INTERFACE -fsanitize=${MIBUN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(mibun_options INTERFACE -fsanitize=${MIBUN_SANITIZE})
  # For tests of what is left in freed memory and of what is allocated: a sanitizer has an allocator and stacks of its own.
  target_compile_definitions(mibun_options INTERFACE MIBUN_SANITIZED)
endif()
if(MIBUN_FUZZ)
  target_compile_options(mibun_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(mibun_options INTERFACE _FORTIFY_SOURCE=2)
endif()

include(precompile)

# mibun_library(core_jose DEPS core_crypto PRIVATE_DEPS OpenSSL::Crypto NATIVE hash.cc): every .cc of the folder; the
# DEPS are the floors it sees (tools/floors compares them with the includes). In the browser those of NATIVE are left out
# and those of the folder web/ take their place. What lies in core/ is installed.
function(mibun_library name)
  cmake_parse_arguments(arg "" "" "DEPS;PRIVATE_DEPS;NATIVE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(MIBUN_WEB)
    set(arg_PRIVATE_DEPS)
    list(TRANSFORM arg_NATIVE PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    list(REMOVE_ITEM sources "" ${arg_NATIVE})
    file(GLOB web_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/web/*.cc)
    list(APPEND sources ${web_sources})
  endif()
  if(NOT sources)  # header-only
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE mibun_requirements ${arg_DEPS})
  else()
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC mibun_requirements ${arg_DEPS}
      PRIVATE $<BUILD_INTERFACE:mibun_options> ${arg_PRIVATE_DEPS})
    mibun_precompile(${name})
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE folder)
  if(folder MATCHES "^core/")
    mibun_install(${name} ${folder})
  endif()
endfunction()

# The library and its public headers, as <prefix>/include/mibun/core/...: found by find_package(mibun) as mibun::NAME.
# A header that says "For files in core/x only" is not one of them.
function(mibun_install name folder)
  set_target_properties(${name} PROPERTIES OUTPUT_NAME mibun_${name})
  add_library(mibun::${name} ALIAS ${name})  # the same name for those who use add_subdirectory
  target_link_libraries(mibun_core INTERFACE ${name})
  install(TARGETS ${name} EXPORT mibun ARCHIVE COMPONENT mibun_core)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h ${CMAKE_CURRENT_SOURCE_DIR}/*.def)
  foreach(header ${headers})
    file(STRINGS ${header} internal LIMIT_COUNT 1 REGEX "For files (in|of) core/[a-z0-9_]+ only")
    if(NOT internal)
      install(FILES ${header} DESTINATION include/mibun/${folder} COMPONENT mibun_core)
    endif()
  endforeach()
endfunction()

# mibun_test(core_jose DEPS core_jose): all of the folder as one doctest program and one CTest test; with SOURCES these
# files alone. One that COMPUTES most of its time counts as two beside others.
function(mibun_test name)
  cmake_parse_arguments(arg "COMPUTES" "TIMEOUT" "DEPS;SOURCES" ${ARGN})
  if(NOT arg_SOURCES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  endif()
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE mibun_options tests_main ${arg_DEPS})
  mibun_precompile(${name}_test)
  target_compile_definitions(${name}_test PRIVATE MIBUN_VECTORS="${PROJECT_SOURCE_DIR}/tests/vectors")
  add_test(NAME ${name} COMMAND ${name}_test)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  # Where none has run yet, those that may take long are begun first.
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} COST ${arg_TIMEOUT})
  if(arg_COMPUTES)
    set_tests_properties(${name} PROPERTIES PROCESSORS 2)
  endif()
endfunction()

# mibun_fuzz(core_jose_jws jws_fuzz.cc DEPS core_jose CORPUS folder): with MIBUN_FUZZ a libFuzzer program; otherwise a
# program that replays the corpus, run as a test so that it cannot rot. Either way fuzz/limits.cc stands between the
# engine and the target and measures. The dictionary is jws.dict beside the source.
function(mibun_fuzz name source)
  cmake_parse_arguments(arg "" "CORPUS" "DEPS" ${ARGN})
  if(NOT TARGET fuzz_limits)
    add_library(fuzz_limits OBJECT ${PROJECT_SOURCE_DIR}/fuzz/limits.cc)
    target_link_libraries(fuzz_limits PRIVATE mibun_options)
    target_compile_definitions(fuzz_limits PRIVATE $<$<BOOL:${MIBUN_FUZZ}>:MIBUN_FUZZ>)  # the strict limits
    add_library(fuzz_replay OBJECT EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
    target_link_libraries(fuzz_replay PRIVATE mibun_options)
  endif()
  add_executable(${name}_fuzz ${source} $<TARGET_OBJECTS:fuzz_limits>)
  set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS LLVMFuzzerTestOneInput=mibun_fuzz_target)
  target_link_libraries(${name}_fuzz PRIVATE mibun_options ${arg_DEPS})
  mibun_precompile(${name}_fuzz)
  if(MIBUN_FUZZ)
    target_compile_definitions(${name}_fuzz PRIVATE MIBUN_FUZZ)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
    string(REGEX REPLACE "_fuzz\\.cc$" ".dict" dictionary ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}_fuzz.inputs "${arg_CORPUS}\n${dictionary}\n")  # for tools/fuzz
  else()
    target_sources(${name}_fuzz PRIVATE $<TARGET_OBJECTS:fuzz_replay>)
    add_test(NAME fuzz_${name} COMMAND ${name}_fuzz ${arg_CORPUS})
    set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT 60)
  endif()
endfunction()

# Adds each subfolder that has a CMakeLists.txt, in the order given.
function(mibun_floors)
  foreach(folder ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
