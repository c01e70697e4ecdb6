#include "server/web/page.h"

#include <algorithm>

#include "core/codecs/http_message.h"
#include "core/codecs/json.h"
#include "server/api/problem.h"

namespace mibun::server::web {
namespace {

// Scripts and styles from here alone, WebAssembly among them; no text becomes markup or code; nobody frames it. "sw" is
// the one policy of the page: the address of its service worker.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types sw";
// The camera reads QR codes.
constexpr std::string_view kPermissions = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Takes the text before `mark` off the front of `rest`.
std::string_view next_of(std::string_view& rest, char mark) {
  const std::size_t end = std::min(rest.find(mark), rest.size());
  const std::string_view one = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return one;
}

// "q=0", "q=0.0", "q=0.000"
bool is_refusal(std::string_view weight) {
  return weight.starts_with("q=0") && weight.find_first_not_of("0.", 3) == std::string_view::npos;
}

bool takes(std::string_view accept_encoding, std::string_view coding) {
  while (!accept_encoding.empty()) {
    std::string_view one = next_of(accept_encoding, ',');
    const std::string_view name = next_of(one, ';');
    if (equal_ignoring_case(name, coding)) return !is_refusal(trimmed(one));
  }
  return false;
}

// Strong: of the bytes that are sent. RFC 9110, section 8.8.3.
std::string etag_of(const File& file, std::string_view encoding) {
  return "\"" + std::string(file.sha256.substr(0, 32)) + (encoding.empty() ? "" : "-" + std::string(encoding)) + "\"";
}

bool names(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    std::string_view one = next_of(if_none_match, ',');
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag || one == "*") return true;
  }
  return false;
}

ServerResponse answer(const File& file, const ServerRequest& request) {
  const std::string_view encoding = choose_encoding(request.header("Accept-Encoding").value_or(""), file);
  ServerResponse response;
  const std::string etag = etag_of(file, encoding);
  response.headers = {
      {"Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Content-Security-Policy", std::string(kPolicy)},
      {"Permissions-Policy", std::string(kPermissions)},
      {"ETag", etag},
  };
  if (!file.brotli.empty() || !file.gzip.empty()) response.headers.push_back({"Vary", "Accept-Encoding"});
  if (names(request.header("If-None-Match").value_or(""), etag)) {
    response.status = 304;
    return response;
  }
  response.content_type = file.content_type;
  response.body = encoding == "br" ? file.brotli : encoding == "gzip" ? file.gzip : file.content;
  if (!encoding.empty()) response.headers.push_back({"Content-Encoding", std::string(encoding)});
  return response;
}

http::RouteHandler lead_to(std::string_view root) {
  return [location = std::string(root)](const ServerRequest&, const PathParameters&) {
    ServerResponse response;
    response.status = 308;
    response.headers.push_back({"Location", location});
    return response;
  };
}

http::RouteHandler built_without() {
  return [](const ServerRequest& request, const PathParameters&) {
    return problem_before_route({404, ErrorCode::route_not_found,
                                 "this program was built without the web wallet: tools/web makes it, then build again",
                                 request.header("Accept-Language").value_or("")});
  };
}

}  // namespace

std::string_view choose_encoding(std::string_view accept_encoding, const File& file) {
  if (!file.brotli.empty() && takes(accept_encoding, "br")) return "br";
  if (!file.gzip.empty() && takes(accept_encoding, "gzip")) return "gzip";
  return "";
}

void add_page_routes(http::Router& router, std::string_view root, std::span<const File> files) {
  const auto get = [&](std::string pattern, http::RouteHandler handler) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler)});
  };
  if (root != "/") get(std::string(root.substr(0, root.size() - 1)), lead_to(root));
  if (files.empty()) get(std::string(root), built_without());
  for (const File& file : files) {
    const auto show = [&file](const ServerRequest& request, const PathParameters&) { return answer(file, request); };
    get(std::string(root) + std::string(file.path), show);
    if (file.path == "index.html") get(std::string(root), show);
  }
}

void add_wallet_json_route(http::Router& router, std::string_view public_origin, bool demo) {
  const std::string text = json::serialize(json::Object{{"server", public_origin}, {"demo", demo}});
  router.add({.method = "GET",
              .pattern = "/wallet.json",
              .handler = [text](const ServerRequest&, const PathParameters&) { return json_answer(text); }});
}

}  // namespace mibun::server::web
