#include "server/wallet_provider/routes.h"

#include "core/codecs/json.h"
#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

ServerResponse attested(std::string_view member, const WalletProviderService::Attestation& attestation) {
  json::Object answer;
  answer[member] = attestation.jwt;
  answer["expires_at"] = to_jst_string(attestation.expires);
  return json_answer(json::serialize(answer), 201);
}

Answer attest_wallet(WalletProviderService& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto client_id = reader.string("client_id");
  const auto possession = reader.string("possession");
  if (!client_id || !possession || !reader.finish()) {
    return malformed("body", "the members are client_id and possession");
  }
  MIBUN_TRY(const auto attestation, service.attest_wallet(account, *client_id, *possession));
  return attested("wallet_attestation", attestation);
}

Answer attest_keys(WalletProviderService& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto nonce = reader.string("nonce");
  const auto list = reader.array("possessions");
  if (!nonce || !list || !reader.finish()) {
    return malformed("body", "the members are nonce and possessions");
  }
  const auto possessions = json::string_array(**list, "body.possessions");
  if (!possessions) return malformed("body", "possessions are texts");
  MIBUN_TRY(const auto attestation, service.attest_keys(account, *nonce, *possessions));
  return attested("key_attestation", attestation);
}

// What key_storage means when it names this address. It claims no more than what is known.
ServerResponse software_key_storage(const WalletProviderService& service) {
  ServerResponse response;
  response.content_type = "application/json";
  response.headers.push_back({"Cache-Control", "max-age=3600"});
  response.body = json::serialize(json::Object{
      {"key_storage", service.software_key_storage()},
      {"en",
       "The wallet keeps its keys in software: in a file that is sealed with a key made from a passphrase (Argon2id). "
       "There is no secure hardware, and nobody evaluated the resistance to attacks, so no level of ISO/IEC 18045 is "
       "claimed."},
      {"ja",
       "ウォレットは鍵をソフトウェアで保管します。パスフレーズから作った鍵 (Argon2id) "
       "で封をしたファイルの中です。安全な"
       "ハードウェアは使いません。攻撃への耐性は第三者に評価されていないため、ISO/IEC 18045 の水準は主張しません。"}});
  return response;
}

}  // namespace

void add_wallet_provider_routes(http::Router& router, WalletProviderService& service, AssertionGate& gate) {
  router.add(
      {.method = "POST",
       .pattern = "/api/v1/wallet/attestations",
       .handler = answer_or_refuse([&](const ServerRequest& request) { return attest_wallet(service, gate, request); }),
       .body_type = "application/json",
       .cors = true});
  router.add(
      {.method = "POST",
       .pattern = "/api/v1/wallet/key-attestations",
       .handler = answer_or_refuse([&](const ServerRequest& request) { return attest_keys(service, gate, request); }),
       .body_type = "application/json",
       .cors = true});
  router.add({.method = "GET",
              .pattern = std::string(kSoftwareKeyStoragePath),
              .handler = [&](const ServerRequest&, const PathParameters&) { return software_key_storage(service); },
              .cors = true});
}

}  // namespace mibun::server
