# Headers that are parsed once for many files (MIBUN_PRECOMPILE, clang): those of others that most files include, and for the
# floors above core and for the tests those of ours that nearly every file there includes anyway, so that a change of one
# compiles little that it would not have compiled. Without it (presets gcc and fuzz) each file must include what it uses.

option(MIBUN_PRECOMPILE "Parse the headers that most files include once (clang)" OFF)

set(mibun_precompiled_common <algorithm> <array> <chrono> <coroutine> <cstddef> <cstdint> <expected> <filesystem>
  <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <utility> <variant> <vector>
  <boost/json/array.hpp> <boost/json/object.hpp> <boost/json/value.hpp>)
set(mibun_precompiled_above_core ${mibun_precompiled_common} core/base/bytes.h core/base/random.h core/base/result.h
  core/base/secret.h core/base/time.h core/codecs/http_message.h core/codecs/json.h core/crypto/hash.h core/crypto/x509.h
  core/jose/jwk.h)
set(mibun_precompiled_wallet ${mibun_precompiled_above_core} wallet/steps/steps.h)
set(mibun_precompiled_app ${mibun_precompiled_above_core} server/app/app.h)
set(mibun_precompiled_tests ${mibun_precompiled_above_core} <doctest/doctest.h>)
set(mibun_precompiled_wallet_tests ${mibun_precompiled_tests} wallet/steps/steps.h)
set(mibun_precompiled_server_tests ${mibun_precompiled_tests} tests/server/world/test_world.h)

# mibun_precompile(core_jose): what the target takes of it, by the folder that it lies in, or by the one that is named.
function(mibun_precompile target)
  if(NOT MIBUN_PRECOMPILE)
    return()
  endif()
  set(folder ${ARGN})
  if(NOT folder)
    get_target_property(folder ${target} SOURCE_DIR)
    cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  if(folder MATCHES "^tests/server")
    set(kind server_tests)
  elseif(folder MATCHES "^tests/wallet")
    set(kind wallet_tests)
  elseif(folder MATCHES "^tests")
    set(kind tests)
  elseif(folder MATCHES "^(server/app|server/backup|cli/serve|cli/backup)$")
    set(kind app)
  elseif(folder MATCHES "^(wallet/steps|cli/wallet)$")
    set(kind wallet)
  elseif(folder MATCHES "^(server|wallet|cli)")
    set(kind above_core)
  else()
    set(kind common)
  endif()
  set(headers ${mibun_precompiled_${kind}})
  string(MD5 version "${headers}")
  string(SUBSTRING ${version} 0 6 version)
  set(name mibun_precompiled_${kind}_${version})  # CMake gives the list an old time, so another one needs another name
  if(NOT TARGET ${name})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cc CONTENT "")  # written once: a newer one would link all anew
    add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cc)
    target_link_libraries(${name} PRIVATE mibun_options Boost::json)
    if(MIBUN_WEB AND kind MATCHES "tests")
      target_link_libraries(${name} PRIVATE mibun_test_options)
    endif()
    list(TRANSFORM headers PREPEND ${PROJECT_SOURCE_DIR}/ REGEX "^[^<]")
    target_compile_options(${name} PUBLIC "SHELL:-Xclang -fno-pch-timestamp")  # the same bytes again, for ccache
    target_precompile_headers(${name} PRIVATE ${headers})
  endif()
  target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()
