# What mibun needs of Debian 12, in one place. Sourced by tools/door.sh; nothing else names a package.
# An entry is a package, or "command:package" where any provider of the command will do (a machine may carry its own node).

# To build and run: compiler, build tools and the libraries that cmake/mibun.cmake looks for.
packages_run=(
  ca-certificates
  clang-19 lld-19 libc6-dev libstdc++-12-dev
  cmake ninja-build ccache pkg-config brotli
  libssl-dev zlib1g-dev
  libboost1.81-dev libboost-json1.81-dev
  libsqlite3-dev libcurl4-openssl-dev
  libfido2-dev libargon2-dev libqrencode-dev
  libspdlog-dev libfmt-dev prometheus-cpp-dev libsystemd-dev
  libcli11-dev libbenchmark-dev
  libp11-kit-dev libseccomp-dev restic
)

# To test: the test framework, the other people's programs that the tests talk to, the formatter.
packages_test=(
  doctest-dev
  openssl curl:curl softhsm2
  clang-format-19
)

# For the browser's build of core and wallet, which clang-19 above makes, and for the wallet's page.
packages_web=(
  wasi-libc libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 libclang-rt-19-dev-wasm32
  binaryen
  node:nodejs npm:npm
)

# For tools/check, tools/asan, tools/tsan, tools/fuzz and tools/gcc.
packages_check=(
  clang-tidy-19 libclang-rt-19-dev
  g++ mold
)

# For tools/browser: the browser itself, and a font for Japanese.
packages_browser=(
  chromium fonts-ipafont-gothic
)

# For tools/browser --firefox: the other browser.
packages_firefox=(
  firefox-esr fonts-ipafont-gothic
)

# For tools/browser --webkit: Safari's engine, and a screen for it that nobody sees.
packages_webkit=(
  webkit2gtk-driver xvfb xauth fonts-ipafont-gothic
)

# For tools/docs.
packages_docs=(
  doxygen
)
