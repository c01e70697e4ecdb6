#pragma once

#include <span>
#include <string>
#include <string_view>

#include "platform/http/router.h"
#include "server/web/files.h"

// The wallet as a web page: a fixed table of files, so nothing that an address says can lead anywhere else.
namespace mibun::server::web {

// Adds each file below `root` ("/wallet/", "/"), index.html also as `root` itself. Without files, `root` answers that
// this program was built without the page.
void add_page_routes(http::Router& router, std::string_view root, std::span<const File> files);

// GET /wallet.json: {"server": the public origin, "demo": bool}. With "demo" the page may stand at another origin than
// the server and sends what is for the server to its own.
void add_wallet_json_route(http::Router& router, std::string_view public_origin, bool demo);

// Which form of a file an Accept-Encoding header takes best: "br", "gzip" or "" (as it is). RFC 9110, section 12.5.3.
std::string_view choose_encoding(std::string_view accept_encoding, const File& file);

}  // namespace mibun::server::web
