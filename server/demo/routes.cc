#include "server/demo/routes.h"

#include <algorithm>
#include <memory>

#include "core/oid4vp/response.h"
#include "platform/qr/svg.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/demo/assets.h"
#include "server/demo/cookie.h"
#include "server/demo/site_page.h"

namespace mibun::server {
namespace {

constexpr std::string_view kIcon =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#14532d"/>)"
    R"(<path fill="#fff" d="M3 4h10v8H3zM4.5 9.5h3v1h-3zM4.5 6h2.5v2.5H4.5z" fill-rule="evenodd"/></svg>)";

// "__Host-mibun-demo=<request_id>.<secret>". Errors: oid4vp_session_mismatch (there is none).
Result<DemoVerifier::Session> session_of(const ShopPlace& place, const ServerRequest& request) {
  const std::string_view value = cookie_of(request, place.cookie).value_or("");
  const std::size_t dot = value.find('.');
  if (dot != std::string_view::npos) {
    return DemoVerifier::Session{std::string(value.substr(0, dot)), SessionSecret(value.substr(dot + 1))};
  }
  return fail(ErrorCode::oid4vp_session_mismatch, "cookie", "this browser asked for nothing");
}

// Lax: the browser must send it when the wallet brings the person back.
std::string cookie_for(const ShopPlace& place, const PresentationService::Created& created) {
  return place.cookie + "=" + created.request_id + "." + created.session_secret +
         (place.https ? "; Path=/; Secure" : "; Path=/") + "; HttpOnly; SameSite=Lax; Max-Age=600";
}

json::Object shown(const PresentationService::Created& created) {
  json::Object answer{{"request_id", created.request_id}};
  if (!created.wallet_link.empty()) answer["wallet_link"] = created.wallet_link;
  if (!created.pairing_code.empty()) answer["pairing_code"] = created.pairing_code;
  if (created.dc_api) answer["dc_api_requests"] = created.dc_api->to_json();
  return answer;
}

Answer ask(DemoVerifier& verifier, const ShopPlace& place, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto text = reader.string("mode");
  if (!text || !reader.finish()) return malformed("body", "the member is mode");
  MIBUN_TRY(const PresentationMode mode, parse_presentation_mode(*text));
  MIBUN_TRY(const auto created, verifier.ask(mode));
  ServerResponse response = json_answer(json::serialize(shown(created)), 201);
  response.headers.push_back({"Set-Cookie", cookie_for(place, created)});
  return response;
}

Answer show_state(DemoVerifier& verifier, const ShopPlace& place, const ServerRequest& request) {
  MIBUN_TRY(const auto session, session_of(place, request));
  MIBUN_TRY(const std::string state, verifier.state(session));
  return json_answer(json::serialize(json::Object{{"state", state}}));
}

Answer take_from_browser(DemoVerifier& verifier, const ShopPlace& place, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = oid4vp::kResponseBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto data = reader.object("data");
  if (!data || !reader.finish()) return malformed("body", "the member is data");
  MIBUN_TRY(const auto session, session_of(place, request));
  MIBUN_CHECK(verifier.take_from_browser(session, **data));
  return json_answer(R"({"state":"answered"})");
}

Answer take(DemoVerifier& verifier, const ShopPlace& place, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto code = reader.optional_string("response_code");
  if (!code || !reader.finish()) return malformed("body", "the member is response_code");
  MIBUN_TRY(const auto session, session_of(place, request));
  std::optional<std::string> response_code;
  if (*code) response_code = std::string(**code);
  MIBUN_TRY(const auto result, verifier.result(session, std::move(response_code)));
  return json_answer(json::serialize(result));
}

// For whoever stands behind the counter of the demonstration: whom it is about stands nowhere.
Answer list_deletions(DemoVerifier& verifier, const ShopPlace&, const ServerRequest&) {
  MIBUN_TRY(const auto requests, verifier.deletions());
  json::Array rows;
  for (const auto& one : requests) {
    if (one.done_at) continue;
    rows.push_back(json::Object{{"deletion_id", one.deletion_id}, {"shared_at", to_jst_string(one.shared_at)}});
  }
  return json_answer(json::serialize(json::Object{{"deletion_requests", std::move(rows)}}));
}

Answer finish_deletion(DemoVerifier& verifier, const ShopPlace&, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto id = reader.string("deletion_id");
  if (!id || !reader.finish()) return malformed("body", "the member is deletion_id");
  MIBUN_CHECK(verifier.deleted(*id));
  return json_answer(R"({"state":"done"})");
}

// Only for the browser whose request it is; the id in the address keeps browsers from showing an old picture.
Answer draw(DemoVerifier& verifier, const ShopPlace& place, const ServerRequest& request, const std::string& id) {
  MIBUN_TRY(const auto session, session_of(place, request));
  if (session.request_id != id) return fail(ErrorCode::request_not_found, "request");
  MIBUN_TRY(const std::string link, verifier.wallet_link(session));
  MIBUN_TRY(const qr::Symbol symbol, qr::Symbol::encode(link));
  ServerResponse response;
  response.content_type = kSvgType;
  response.body = qr::svg(symbol);
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace

ShopPlace loopback_place(std::string_view wallet_origin, std::string_view public_origin) {
  return {.cookie = "mibun-demo",
          .https = false,
          .wallet_page = std::string(wallet_origin) + "/",
          .known_as = std::string(public_origin)};
}

http::RouteHandler lead_to(std::string location) {
  return [location = std::move(location)](const ServerRequest&, const PathParameters&) {
    ServerResponse response;
    response.status = 307;
    response.headers.push_back({"Location", location});
    return response;
  };
}

void add_demo_verifier_routes(http::Router& router, DemoVerifier& verifier, ShopPlace where) {
  const auto place = std::make_shared<const ShopPlace>(std::move(where));
  const auto get = [&](std::string pattern, http::RouteHandler handler) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler)});
  };
  using Deed = Answer (*)(DemoVerifier&, const ShopPlace&, const ServerRequest&);
  const auto deed = [&](Deed work) {
    return answer_or_refuse([&verifier, place, work](const ServerRequest& r) { return work(verifier, *place, r); });
  };
  const auto post = [&](std::string pattern, Deed work, std::size_t bytes) {
    router.add({.method = "POST",
                .pattern = std::move(pattern),
                .handler = deed(work),
                .body_bytes_max = bytes,
                .body_type = "application/json"});
  };
  const auto text = [place](std::string_view language) {
    return assets::demo_page(language, place->wallet_page, place->known_as);
  };
  add_site_page(router, {.root = "/demo/verifier",
                         .images = "'self'",
                         .text = text,
                         .files = {{"/page.css", kStyleType, assets::demo_style()},
                                   {"/page.js", kScriptType, assets::demo_script()},
                                   {"/icon.svg", kSvgType, kIcon}}});
  get("/demo/verifier/state", deed(show_state));
  get("/demo/verifier/deletions", deed(list_deletions));
  get("/demo/verifier/qr/{id}", answer_or_refuse([&verifier, place](const ServerRequest& r, const PathParameters& p) {
        return draw(verifier, *place, r, p.find("id")->second);
      }));
  constexpr std::size_t kSmall = 4096;
  post("/demo/verifier/requests", ask, kSmall);
  post("/demo/verifier/answer", take_from_browser, oid4vp::kResponseBytesMax);
  post("/demo/verifier/result", take, kSmall);
  post("/demo/verifier/deletions", finish_deletion, kSmall);
}

}  // namespace mibun::server
