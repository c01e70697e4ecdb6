#include "server/demo/passport_route.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

Result<emrtd::ActiveAuthenticationChallenge> read_challenge(const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto text = reader.string("challenge");
  if (!text || !reader.finish()) return malformed("body", "the member is challenge");
  const auto bytes = base64url::decode(*text);
  emrtd::ActiveAuthenticationChallenge challenge{};
  if (!bytes || bytes->size() != challenge.size()) {
    return malformed("body.challenge", "base64url of 8 bytes");
  }
  std::ranges::copy(*bytes, challenge.begin());
  return challenge;
}

Answer read_chip(const SimulatedPassport& passport, const ServerRequest& request) {
  MIBUN_TRY(const auto challenge, read_challenge(request));
  MIBUN_TRY(const Bytes signature, passport.active_authentication(challenge));
  json::Object files;
  for (const auto& [name, content] : passport.files()) files[name] = base64url::encode(content);
  const json::Object answer{
      {"simulated", true}, {"files", std::move(files)}, {"signature", base64url::encode(signature)}};
  return json_answer(json::serialize(answer));
}

}  // namespace

void add_passport_route(http::Router& router, const SimulatedPassport& passport) {
  router.add({.method = "POST",
              .pattern = "/demo/passport",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return read_chip(passport, r); }),
              .body_bytes_max = 1024,
              .body_type = "application/json"});
}

}  // namespace mibun::server
