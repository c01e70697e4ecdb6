# The browser as target: Debian's clang, wasi-libc and libc++ for wasm32-wasi. Nothing of /usr/include may be seen, so
# the one library that is headers only is linked into the build folder.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_RANLIB true)  # binutils' ar keeps foreign objects, and the linker needs no index
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_CXX_FLAGS_INIT "-stdlib=libc++ -fno-rtti -fignore-exceptions")
set(MIBUN_WEB ON CACHE BOOL "For the browser: core and wallet alone, without OpenSSL" FORCE)
set(MIBUN_ONLY_CORE ON CACHE BOOL "" FORCE)
