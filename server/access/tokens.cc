#include "server/access/tokens.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/oid4vci/issuer_steps.h"
#include "server/api/protocol.h"
#include "server/transparency/running_operation.h"

namespace mibun::server {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::string_view kProofKind = "dpop_jti";

// A jti is its key's: others may have the same.
Bytes value_of(const oid4vci::VerifiedDpop& proof) {
  return to_bytes(as_bytes(proof.jkt() + "|" + proof.jti()));
}

// {"configuration_ids":[..],"details":[..]}; nothing for a token that is no card's.
std::string cards_text(const Grant& grant) {
  if (grant.configuration_ids.empty() && grant.details.empty()) return {};
  json::Object object;
  object["configuration_ids"] = json::Array(grant.configuration_ids.begin(), grant.configuration_ids.end());
  object["details"] = oid4vci::to_json(grant.details);
  return json::serialize(object);
}

Status read_cards(const std::string& text, Grant& grant) {
  if (text.empty()) return {};
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "cards");
  MIBUN_TRY(const json::Array* ids, reader.array("configuration_ids"));
  MIBUN_TRY(grant.configuration_ids, json::string_array(*ids, "cards.configuration_ids"));
  MIBUN_TRY(const json::Array* details, reader.array("details"));
  MIBUN_TRY(grant.details, oid4vci::read_authorization_details(*details));
  return {};
}

}  // namespace

Result<oid4vci::VerifiedDpop> TokenService::verify(const http::ServerRequest& request, Nonce nonce) {
  const std::string url = public_origin_ + std::string(request.path);
  const auto headers = headers_of(request);
  if (nonce == Nonce::not_needed) {
    return oid4vci::verify_dpop_at_token_endpoint(headers, url, oid4vci::DpopNonceNotUsed{}, clock_.now());
  }
  MIBUN_TRY(oid4vci::VerifiedDpop proof,
            oid4vci::verify_dpop_at_token_endpoint(headers, url, oid4vci::DpopNonceRequired{}, clock_.now()));
  MIBUN_CHECK(check_nonce(proof));
  return proof;
}

Status TokenService::check_nonce(const oid4vci::VerifiedDpop& proof) {
  if (!proof.nonce()) return fail(ErrorCode::dpop_use_nonce, "dpop.nonce", "missing");
  MIBUN_TRY(const bool live, nonces_.is_live(*proof.nonce()));
  return live ? Status{} : fail(ErrorCode::dpop_use_nonce, "dpop.nonce", "not one of ours, or expired");
}

Status TokenService::use(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof) {
  return use_once(transaction, kProofKind, value_of(proof), proof.remember_until(), ErrorCode::dpop_replayed);
}

Result<std::string> TokenService::issue(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof,
                                        Grant grant) {
  if (grant.scope == kScopeCredential) RunningOperation::is_about(keyd::PersonId{grant.subject});
  MIBUN_CHECK(use(transaction, proof));
  const std::string token = base64url::encode(rng_.bytes(kTokenBytes));
  MIBUN_CHECK(transaction.run(
      "INSERT INTO access_tokens (token_sha256, subject, scope, context, jkt, expires_at, client_id, authorization_id, "
      "cards) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      BytesView(crypto::sha256(token)), grant.subject, grant.scope, grant.context, proof.jkt(),
      (clock_.now() + kAccessTokenLifetime).unix_milliseconds(), grant.client_id, grant.authorization_id,
      cards_text(grant)));
  return token;
}

Result<std::optional<Grant>> TokenService::find(std::string_view token) {
  MIBUN_TRY(const auto row,
            database_.row("SELECT subject, scope, context, jkt, client_id, authorization_id, cards FROM "
                          "access_tokens WHERE token_sha256 = $1 AND expires_at > $2",
                          BytesView(crypto::sha256(token)), clock_.now().unix_milliseconds()));
  if (!row) return std::nullopt;
  Grant grant{.subject = row->text(0),
              .scope = row->text(1),
              .context = row->text(2),
              .jkt = row->text(3),
              .token_id = base64url::encode(crypto::sha256(token)),
              .client_id = row->text(4),
              .authorization_id = row->text(5),
              .configuration_ids = {},
              .details = {}};
  MIBUN_CHECK(read_cards(row->text(6), grant));
  return grant;
}

Result<Grant> TokenService::require(const http::ServerRequest& request, std::string_view scope) {
  const auto headers = headers_of(request);
  MIBUN_TRY(const std::string token, oid4vci::read_access_token(headers));
  MIBUN_TRY(std::optional<Grant> grant, find(token));
  if (!grant) return fail(ErrorCode::oauth_invalid_token, "Authorization", "unknown or expired");

  const std::string url = public_origin_ + std::string(request.path);
  MIBUN_TRY(const auto proof, oid4vci::verify_dpop_at_resource(headers, {.method = request.method, .url = url}, token,
                                                               grant->jkt, oid4vci::DpopNonceNotUsed{}, clock_.now()));
  if (grant->scope == kScopeCredential) MIBUN_CHECK(check_nonce(proof));
  if (grant->scope != scope) return fail(ErrorCode::oauth_insufficient_scope, "Authorization");
  MIBUN_CHECK(uses_.claim({.kind = kProofKind,
                           .value = value_of(proof),
                           .expires = proof.remember_until(),
                           .replayed = ErrorCode::dpop_replayed}));
  if (grant->scope == kScopeCredential) RunningOperation::is_about(keyd::PersonId{grant->subject});
  return std::move(*grant);
}

Status TokenService::revoke_authorization(database::Transaction& transaction, std::string_view authorization_id) {
  MIBUN_CHECK(transaction.run("DELETE FROM access_tokens WHERE authorization_id = $1 AND authorization_id <> ''",
                              authorization_id));
  return {};
}

Status TokenService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(transaction.run("DELETE FROM access_tokens WHERE subject = $1", person.value));
  return {};
}

Status TokenService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) -> Status {
    const std::int64_t now = clock_.now().unix_milliseconds();
    MIBUN_CHECK(transaction.run("DELETE FROM single_use WHERE expires_at < $1", now));
    MIBUN_CHECK(transaction.run("DELETE FROM access_tokens WHERE expires_at <= $1", now));
    return {};
  });
}

}  // namespace mibun::server
