#include "server/access/tokens.h"

#include "core/codecs/base64url.h"
#include "core/codecs/http_message.h"
#include "core/crypto/hash.h"

namespace mibun::server {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::string_view kDpopScheme = "DPoP ";
constexpr std::string_view kBearerScheme = "Bearer ";

Result<std::string_view> dpop_header(const http::ServerRequest& request) {
  if (request.header_count("dpop") != 1) {
    return fail(ErrorCode::dpop_invalid_proof, "DPoP", "exactly one DPoP header is needed");
  }
  return *request.header("dpop");
}

// RFC 9449, section 7.1: a DPoP-bound token that is sent as a bearer token is refused.
Result<std::string_view> access_token(const http::ServerRequest& request) {
  const std::size_t count = request.header_count("authorization");
  if (count == 0) return fail(ErrorCode::oauth_token_missing, "Authorization");
  if (count > 1) return fail(ErrorCode::oauth_invalid_token, "Authorization", "the header stands more than once");
  const std::string_view value = *request.header("authorization");
  if (value.size() > kDpopScheme.size() && equal_ignoring_case(value.substr(0, kDpopScheme.size()), kDpopScheme)) {
    return value.substr(kDpopScheme.size());
  }
  const bool bearer = equal_ignoring_case(value.substr(0, kBearerScheme.size()), kBearerScheme);
  return fail(ErrorCode::oauth_invalid_token, "Authorization",
              bearer ? "a DPoP-bound token was sent as a bearer token" : "the scheme is not DPoP");
}

}  // namespace

Result<oid4vci::VerifiedDpop> TokenService::verify_token_endpoint_proof(const http::ServerRequest& request) const {
  MIBUN_TRY(const std::string_view proof, dpop_header(request));
  const std::string url = public_origin_ + std::string(request.path);
  return oid4vci::VerifiedDpop::verify(proof, {.method = request.method,
                                               .htu = url,
                                               .endpoint = oid4vci::DpopAtTokenEndpoint{},
                                               .nonce = oid4vci::DpopNonceNotUsed{},
                                               .now = clock_.now()});
}

Status TokenService::use_proof(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof) const {
  const std::string value = proof.jkt() + "|" + proof.jti();
  return use_once(transaction, "dpop_jti", as_bytes(value), proof.remember_until(), ErrorCode::dpop_replayed);
}

Result<std::string> TokenService::issue(database::Transaction& transaction, const oid4vci::VerifiedDpop& proof,
                                        Grant grant) {
  MIBUN_CHECK(use_proof(transaction, proof));
  const std::string token = base64url::encode(rng_.bytes(kTokenBytes));
  MIBUN_CHECK(
      transaction.run("INSERT INTO access_tokens (token_sha256, subject, scope, context, jkt, expires_at) VALUES ($1, "
                      "$2, $3, $4, $5, $6)",
                      BytesView(crypto::sha256(token)), grant.subject, grant.scope, grant.context, proof.jkt(),
                      (clock_.now() + kAccessTokenLifetime).unix_milliseconds()));
  return token;
}

Result<Grant> TokenService::require(const http::ServerRequest& request, std::string_view scope) {
  MIBUN_TRY(const std::string_view token, access_token(request));
  const crypto::Sha256Digest digest = crypto::sha256(token);
  const Instant now = clock_.now();
  std::optional<Grant> grant;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(auto row,
              transaction.row("SELECT subject, scope, context, jkt FROM access_tokens WHERE token_sha256 = $1 "
                              "AND expires_at > $2",
                              BytesView(digest), now.unix_milliseconds()));
    if (row) grant = Grant{row->text(0), row->text(1), row->text(2), row->text(3)};
    return {};
  }));
  if (!grant) return fail(ErrorCode::oauth_invalid_token, "Authorization", "unknown or expired");

  MIBUN_TRY(const std::string_view proof_text, dpop_header(request));
  const std::string url = public_origin_ + std::string(request.path);
  MIBUN_TRY(const auto proof,
            oid4vci::VerifiedDpop::verify(
                proof_text, {.method = request.method,
                             .htu = url,
                             .endpoint = oid4vci::DpopAtResource{.access_token = token, .jkt = grant->jkt},
                             .nonce = oid4vci::DpopNonceNotUsed{},
                             .now = now}));
  if (grant->scope != scope) return fail(ErrorCode::oauth_insufficient_scope, "Authorization");
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) { return use_proof(transaction, proof); }));
  return std::move(*grant);
}

Status TokenService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_CHECK(transaction.run("DELETE FROM access_tokens WHERE subject = $1", person.value));
  return {};
}

Status TokenService::purge_expired() {
  return database_.write([&](database::Transaction& transaction) -> Status {
    const std::int64_t now = clock_.now().unix_milliseconds();
    MIBUN_CHECK(transaction.run("DELETE FROM single_use WHERE expires_at <= $1", now));
    MIBUN_CHECK(transaction.run("DELETE FROM access_tokens WHERE expires_at <= $1", now));
    return {};
  });
}

}  // namespace mibun::server
