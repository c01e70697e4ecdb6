# What a build for the browser (cmake/wasm.cmake) has in the place of the machine's libraries.

set(headers ${CMAKE_BINARY_DIR}/headers)
file(MAKE_DIRECTORY ${headers})
file(CREATE_LINK /usr/include/boost ${headers}/boost SYMBOLIC)
file(CREATE_LINK /usr/include/doctest ${headers}/doctest SYMBOLIC)

# Boost.JSON without exceptions: a throw ends the program, as running out of memory does natively.
add_library(boost_headers INTERFACE)
add_library(Boost::json ALIAS boost_headers)
target_include_directories(boost_headers SYSTEM INTERFACE $<BUILD_INTERFACE:${headers}>)
target_compile_definitions(boost_headers INTERFACE BOOST_NO_RTTI BOOST_NO_TYPEID BOOST_SYSTEM_DISABLE_THREADS)
install(TARGETS boost_headers EXPORT mibun)

find_program(MIBUN_WASM_OPT wasm-opt REQUIRED)
find_program(MIBUN_WASM_DIS wasm-dis REQUIRED)
find_program(MIBUN_WASM_SPLIT wasm-split REQUIRED)
set(MIBUN_NODE ${PROJECT_SOURCE_DIR}/tests/interop/node_modules/.bin/node)  # of the tests alone; ./test installs it

# The imports that suspend the module: those of the second group in core/crypto/web/imports.h, the compression streams, and
# what the wallet has of the browser (web/core/session.mjs).
set(MIBUN_SUSPENDING
  digest hmac_sha256 hkdf_sha256 has_point verify make_key import_key sign private_part agree aes_gcm aes_kw inflate deflate
  record_write record_remove vault_make_key vault_open_key vault_destroy_key http passkey)
list(TRANSFORM MIBUN_SUSPENDING PREPEND host. OUTPUT_VARIABLE suspending)
list(JOIN suspending "," suspending)

# mibun_module(name [PLAIN] [FIRST list] OPTIMISE -Os): links `name` as a module without main, then makes it suspendable. With
# PLAIN there is name_plain.wasm beside it, which is not rewritten: for browsers that suspend by themselves. With FIRST each of
# them is cut in two, name_first.wasm and name_rest.wasm; the first has the steps of the list (web/module/first_part.pl).
function(mibun_module name)
  cmake_parse_arguments(arg "PLAIN" "FIRST" "OPTIMISE" ${ARGN})
  set_target_properties(${name} PROPERTIES SUFFIX .wasm)
  # -O0: clang would run wasm-opt by itself, before the one below.
  target_link_options(${name} PRIVATE -O0 -mexec-model=reactor -Wl,-z,stack-size=1048576
    -Wl,-u,mibun_allocate -Wl,-u,mibun_free)
  # The data begins at 1,024, so that an address below it is a mistake, and wasm-opt may be told that.
  target_link_options(${name} PRIVATE -Wl,--global-base=1024)
  set(features --enable-bulk-memory --enable-sign-ext --enable-mutable-globals --enable-nontrapping-float-to-int)
  set(asyncify --asyncify --pass-arg=asyncify-imports@${suspending})
  set(linked $<TARGET_FILE:${name}>)
  set(stem $<TARGET_FILE_DIR:${name}>/$<TARGET_FILE_BASE_NAME:${name}>)
  if(arg_FIRST)
    # Names tell which function is a step. What debuggers want goes first: with it wasm-opt leaves a sixth of the size.
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM
      COMMAND ${MIBUN_WASM_OPT} -g --strip-dwarf --strip-producers ${features} ${linked} -o ${stem}.names)
    mibun_cut(${name} ${stem} ${arg_FIRST} ${arg_OPTIMISE} ${asyncify})
    if(arg_PLAIN)
      mibun_cut(${name} ${stem}_plain ${arg_FIRST} ${arg_OPTIMISE})
    endif()
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM COMMAND ${CMAKE_COMMAND} -E rm ${stem}.names)
    return()
  endif()
  if(arg_PLAIN)
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM
      COMMAND ${MIBUN_WASM_OPT} ${arg_OPTIMISE} ${features} ${linked} -o ${stem}_plain.wasm)
  endif()
  add_custom_command(TARGET ${name} POST_BUILD VERBATIM
    COMMAND ${MIBUN_WASM_OPT} ${arg_OPTIMISE} ${features} ${asyncify} ${linked} -o ${linked})
endfunction()

# What mibun_module does for one of its forms. wasm-split takes no names with commas, so it has numbers.
macro(mibun_cut name out list)
  set(parts)
  foreach(part first rest)
    list(APPEND parts COMMAND ${MIBUN_WASM_OPT} -Oz --low-memory-unused ${features} ${out}_${part}.wasm -o ${out}_${part}.wasm)
  endforeach()
  add_custom_command(TARGET ${name} POST_BUILD VERBATIM
    COMMAND ${MIBUN_WASM_OPT} -g ${ARGN} ${features} ${stem}.names -o ${out}.named
    COMMAND ${MIBUN_WASM_DIS} ${features} ${out}.named -o ${out}.wat
    COMMAND perl ${PROJECT_SOURCE_DIR}/web/module/first_part.pl ${out}.wat ${list} ${out}.keep
    COMMAND ${MIBUN_WASM_OPT} --strip-debug ${features} ${out}.named -o ${out}.bare
    COMMAND ${MIBUN_WASM_SPLIT} ${features} ${out}.bare --keep-funcs=@${out}.keep
      --import-namespace=first --placeholder-namespace=later -o1 ${out}_first.wasm -o2 ${out}_rest.wasm
    ${parts}
    COMMAND ${CMAKE_COMMAND} -E rm ${out}.named ${out}.wat ${out}.keep ${out}.bare)
endmacro()

# How doctest is compiled where nothing is thrown and there are no signals and no threads.
add_library(mibun_test_options INTERFACE)
target_include_directories(mibun_test_options SYSTEM BEFORE INTERFACE ${PROJECT_SOURCE_DIR}/tests/web/shim)
target_compile_definitions(mibun_test_options INTERFACE DOCTEST_CONFIG_NO_EXCEPTIONS_BUT_WITH_ALL_ASSERTS
  DOCTEST_CONFIG_NO_POSIX_SIGNALS DOCTEST_CONFIG_NO_MULTITHREADING _WASI_EMULATED_SIGNAL)

# mibun_web_program(name DEPS core_jose SOURCES ... ENVIRONMENT ...): a program of tests, run by node as the test
# web_<name>. It exports mibun_run_tests (tests/web/main.cc has one for doctest).
function(mibun_web_program name)
  cmake_parse_arguments(arg "" "" "DEPS;SOURCES;ENVIRONMENT" ${ARGN})
  add_executable(${name}_web_test ${arg_SOURCES})
  target_compile_definitions(${name}_web_test PRIVATE MIBUN_VECTORS="${PROJECT_SOURCE_DIR}/tests/vectors")
  target_link_libraries(${name}_web_test PRIVATE mibun_options mibun_test_options web_support ${arg_DEPS}
    wasi-emulated-signal)
  mibun_module(${name}_web_test OPTIMISE -O1 -g)
  add_test(NAME web_${name}
    COMMAND ${MIBUN_NODE} --no-warnings ${PROJECT_SOURCE_DIR}/tests/web/run.mjs $<TARGET_FILE:${name}_web_test>)
  set_tests_properties(web_${name} PROPERTIES TIMEOUT 600 ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()
