#include "server/demo/site_page.h"

#include "server/api/page_policy.h"

namespace mibun::server {
namespace {

using http::PathParameters;
using http::ServerRequest;
using http::ServerResponse;

// Whoever comes back from the wallet has no language in the address; the browser says it.
std::string_view language_of(const ServerRequest& request) {
  const std::string_view wished = request.header("accept-language").value_or("");
  return wished.find("en") < wished.find("ja") ? "en" : "ja";
}

}  // namespace

void add_site_page(http::Router& router, const SitePage& site) {
  const auto answer = [images = site.images](std::string_view content_type, std::string body) {
    ServerResponse response;
    response.content_type = content_type;
    response.body = std::move(body);
    response.headers.push_back(page_policy(images));
    return response;
  };
  const auto page = [answer, text = site.text](std::string_view language) {
    return answer("text/html; charset=utf-8", text(language));
  };
  const auto get = [&](std::string pattern, http::RouteHandler handler) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler)});
  };
  get(site.root.empty() ? "/" : site.root,
      [page](const ServerRequest& request, const PathParameters&) { return page(language_of(request)); });
  for (const char* language : {"ja", "en"}) {
    get(site.root + "/" + language, [=](const ServerRequest&, const PathParameters&) { return page(language); });
  }
  for (const SitePage::File& file : site.files) {
    get(site.root + file.path,
        [answer, type = file.content_type, text = file.text](const ServerRequest&, const PathParameters&) {
          return answer(type, std::string(text));
        });
  }
}

}  // namespace mibun::server
