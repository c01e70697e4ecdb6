#pragma once

#include <span>
#include <string_view>

// The built web wallet, as it was embedded into the program: see embed.cmake.
namespace mibun::server::web {

struct File {
  std::string_view path;          // below the page's root: "index.html", "assets/app-1a2b3c4d.js"
  std::string_view content_type;  // exact, with its charset where there is one
  std::string_view sha256;        // of the content, in hexadecimal
  bool immutable = false;         // its name holds a hash of its content: it may be kept forever
  std::string_view content;
  std::string_view brotli, gzip;  // the same, compressed when it was built; empty where that saves nothing
};

// Sorted by path; empty when this program was built without the page (CMake's MIBUN_WEB_WALLET).
std::span<const File> embedded_files();

}  // namespace mibun::server::web
