#include "server/demo/routes.h"

#include <algorithm>

#include "core/oid4vp/response.h"
#include "platform/qr/svg.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/demo/assets.h"

namespace mibun::server {
namespace {

using http::PathParameters;
using http::ServerRequest;
using http::ServerResponse;
using Answer = Result<ServerResponse>;

constexpr std::string_view kCookie = "__Host-mibun-demo";

// No inline script or style, nothing from elsewhere; scripts may not turn text into markup.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

constexpr std::string_view kIcon =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#14532d"/>)"
    R"(<path fill="#fff" d="M3 4h10v8H3zM4.5 9.5h3v1h-3zM4.5 6h2.5v2.5H4.5z" fill-rule="evenodd"/></svg>)";

ServerResponse asset(std::string_view content_type, std::string body) {
  ServerResponse response;
  response.content_type = content_type;
  response.body = std::move(body);
  response.headers.push_back({"Content-Security-Policy", std::string(kPolicy)});
  return response;
}

ServerResponse page(std::string_view language) {
  return asset("text/html; charset=utf-8", assets::demo_page(language));
}

// Whoever comes back from the wallet has no language in the address; the browser says it.
std::string_view language_of(const ServerRequest& request) {
  const std::string_view wished = request.header("accept-language").value_or("");
  const auto ja = wished.find("ja"), en = wished.find("en");
  return en < ja ? "en" : "ja";
}

// "__Host-mibun-demo=<request_id>.<secret>". Errors: oid4vp_session_mismatch (there is none).
Result<DemoVerifier::Session> session_of(const ServerRequest& request) {
  std::string_view cookies = request.header("cookie").value_or("");
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    if (!one.starts_with(kCookie) || one.substr(kCookie.size(), 1) != "=") continue;
    one.remove_prefix(kCookie.size() + 1);
    const std::size_t dot = one.find('.');
    if (dot == std::string_view::npos) break;
    return DemoVerifier::Session{std::string(one.substr(0, dot)), SessionSecret(one.substr(dot + 1))};
  }
  return fail(ErrorCode::oid4vp_session_mismatch, "cookie", "this browser asked for nothing");
}

// Lax: the browser must send it when the wallet brings the person back.
std::string cookie_for(const PresentationService::Created& created) {
  return std::string(kCookie) + "=" + created.request_id + "." + created.session_secret +
         "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600";
}

json::Object shown(const PresentationService::Created& created) {
  json::Object answer{{"request_id", created.request_id}};
  if (!created.wallet_link.empty()) answer["wallet_link"] = created.wallet_link;
  if (!created.pairing_code.empty()) answer["pairing_code"] = created.pairing_code;
  if (created.dc_api) answer["dc_api_requests"] = created.dc_api->to_json();
  return answer;
}

Answer ask(DemoVerifier& verifier, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto text = reader.string("mode");
  if (!text || !reader.finish()) return fail(ErrorCode::request_malformed, "body", "the member is mode");
  MIBUN_TRY(const PresentationMode mode, parse_presentation_mode(*text));
  MIBUN_TRY(const auto created, verifier.ask(mode));
  ServerResponse response = json_answer(json::serialize(shown(created)), 201);
  response.headers.push_back({"Set-Cookie", cookie_for(created)});
  return response;
}

Answer show_state(DemoVerifier& verifier, const ServerRequest& request) {
  MIBUN_TRY(const auto session, session_of(request));
  MIBUN_TRY(const std::string state, verifier.state(session));
  return json_answer(json::serialize(json::Object{{"state", state}}));
}

Answer take_from_browser(DemoVerifier& verifier, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = oid4vp::kResponseBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto data = reader.object("data");
  if (!data || !reader.finish()) return fail(ErrorCode::request_malformed, "body", "the member is data");
  MIBUN_TRY(const auto session, session_of(request));
  MIBUN_CHECK(verifier.take_from_browser(session, **data));
  return json_answer(R"({"state":"answered"})");
}

Answer take(DemoVerifier& verifier, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto code = reader.optional_string("response_code");
  if (!code || !reader.finish()) return fail(ErrorCode::request_malformed, "body", "the member is response_code");
  MIBUN_TRY(const auto session, session_of(request));
  std::optional<std::string> response_code;
  if (*code) response_code = std::string(**code);
  MIBUN_TRY(const auto result, verifier.result(session, std::move(response_code)));
  return json_answer(json::serialize(result));
}

// Only for the browser whose request it is; the id in the address keeps browsers from showing an old picture.
Answer draw(DemoVerifier& verifier, const ServerRequest& request, const std::string& id) {
  MIBUN_TRY(const auto session, session_of(request));
  if (session.request_id != id) return fail(ErrorCode::request_not_found, "request");
  MIBUN_TRY(const std::string link, verifier.wallet_link(session));
  MIBUN_TRY(const qr::Symbol symbol, qr::Symbol::encode(link));
  ServerResponse response = asset("image/svg+xml", qr::svg(symbol));
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace

void add_demo_verifier_routes(http::Router& router, DemoVerifier& verifier) {
  const auto get = [&](std::string pattern, http::RouteHandler handler) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler)});
  };
  const auto post = [&](std::string pattern, Answer (*deed)(DemoVerifier&, const ServerRequest&), std::size_t bytes) {
    router.add({.method = "POST",
                .pattern = std::move(pattern),
                .handler = answer_or_refuse([&verifier, deed](const ServerRequest& r) { return deed(verifier, r); }),
                .body_bytes_max = bytes,
                .body_type = "application/json"});
  };
  get("/demo/verifier", [](const ServerRequest& r, const PathParameters&) { return page(language_of(r)); });
  get("/demo/verifier/ja", [](const ServerRequest&, const PathParameters&) { return page("ja"); });
  get("/demo/verifier/en", [](const ServerRequest&, const PathParameters&) { return page("en"); });
  get("/demo/verifier/page.css", [](const ServerRequest&, const PathParameters&) {
    return asset("text/css; charset=utf-8", std::string(assets::demo_style()));
  });
  get("/demo/verifier/page.js", [](const ServerRequest&, const PathParameters&) {
    return asset("text/javascript; charset=utf-8", std::string(assets::demo_script()));
  });
  get("/demo/verifier/icon.svg",
      [](const ServerRequest&, const PathParameters&) { return asset("image/svg+xml", std::string(kIcon)); });
  get("/demo/verifier/state", answer_or_refuse([&](const ServerRequest& r) { return show_state(verifier, r); }));
  get("/demo/verifier/qr/{id}", answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
        return draw(verifier, r, p.find("id")->second);
      }));
  constexpr std::size_t kSmall = 4096;
  post("/demo/verifier/requests", ask, kSmall);
  post("/demo/verifier/answer", take_from_browser, oid4vp::kResponseBytesMax);
  post("/demo/verifier/result", take, kSmall);
}

}  // namespace mibun::server
