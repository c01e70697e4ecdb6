#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/http/router.h"

namespace mibun::server {

// The page of a site of the demonstration, in both languages, and the files that belong to it.
struct SitePage {
  struct File {
    std::string path;  // "/page.js"
    std::string_view content_type, text;
  };

  std::string root;         // "/demo/verifier"; empty where the page is all there is at its origin
  std::string_view images;  // where its pictures come from, as page_policy() takes it
  std::function<std::string(std::string_view language)> text;  // of the page; `language`: "ja" or "en"
  std::vector<File> files;                                     // below the root
};

inline constexpr std::string_view kStyleType = "text/css; charset=utf-8";
inline constexpr std::string_view kScriptType = "text/javascript; charset=utf-8";
inline constexpr std::string_view kSvgType = "image/svg+xml";

// Adds the page at its root (in the browser's language, Japanese when that names neither), below it as "/ja" and "/en",
// and its files. All go out with page_policy().
void add_site_page(http::Router& router, const SitePage& site);

}  // namespace mibun::server
