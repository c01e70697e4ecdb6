#include "server/authorization/store.h"

#include "core/codecs/json.h"
#include "core/oid4vci/authorization_request.h"

namespace mibun::server::authorization_store {
namespace {

#define MIBUN_AUTHORIZATION_COLUMNS                                                                      \
  "a.authorization_id, a.phase, a.expires_at, a.client_id, a.instance_jkt, a.dpop_jkt, a.redirect_uri, " \
  "a.code_challenge, a.state, a.issuer_state, a.scope, a.details, a.account_id, a.offer_id, a.granted_until"
constexpr std::size_t kColumns = 15;

std::optional<std::string> optional_text(const database::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return row.text(column);
}

Result<AuthorizationRow> read(const database::Row& row) {
  AuthorizationRow found{.authorization_id = row.text(0),
                         .phase = row.text(1),
                         .expires = Instant::from_unix_milliseconds(row.integer(2)),
                         .client_id = row.text(3),
                         .instance_jkt = row.text(4),
                         .dpop_jkt = row.text(5),
                         .redirect_uri = row.text(6),
                         .code_challenge = row.text(7),
                         .state = optional_text(row, 8),
                         .issuer_state = optional_text(row, 9),
                         .scopes = {},
                         .details = {},
                         .account_id = optional_text(row, 12).value_or(""),
                         .offer_id = row.text(13),
                         .granted_until = Instant::from_unix_milliseconds(row.integer(14))};
  if (!row.text(10).empty()) {
    MIBUN_TRY(found.scopes, oid4vci::parse_scope(row.text(10)));
  }
  if (!row.text(11).empty()) {
    MIBUN_TRY(found.details, oid4vci::parse_authorization_details(row.text(11)));
  }
  return found;
}

Result<std::optional<AuthorizationRow>> read_optional(Result<std::optional<database::Row>> row) {
  if (!row) return pass_error(row);
  if (!*row) return std::optional<AuthorizationRow>();
  MIBUN_TRY(AuthorizationRow found, read(**row));
  return std::optional(std::move(found));
}

}  // namespace

Status insert(Transaction& transaction, const AuthorizationRow& row, BytesView request_sha256) {
  const std::string details = row.details.empty() ? "" : json::serialize(json::Value(oid4vci::to_json(row.details)));
  MIBUN_CHECK(transaction.run(
      "INSERT INTO authorizations (authorization_id, phase, expires_at, request_sha256, client_id, instance_jkt, "
      "dpop_jkt, redirect_uri, code_challenge, state, issuer_state, scope, details) VALUES ($1, 'pushed', $2, $3, $4, "
      "$5, $6, $7, $8, $9, $10, $11, $12)",
      row.authorization_id, row.expires.unix_milliseconds(), request_sha256, row.client_id, row.instance_jkt,
      row.dpop_jkt, row.redirect_uri, row.code_challenge, row.state, row.issuer_state, oid4vci::to_scope(row.scopes),
      details));
  return {};
}

Result<std::optional<AuthorizationRow>> find_by_request(Transaction& transaction, BytesView request_sha256) {
  return read_optional(transaction.row(
      "SELECT " MIBUN_AUTHORIZATION_COLUMNS " FROM authorizations a WHERE request_sha256 = $1", request_sha256));
}

Result<std::optional<AuthorizationRow>> find_by_id(Transaction& transaction, std::string_view authorization_id) {
  return read_optional(transaction.row(
      "SELECT " MIBUN_AUTHORIZATION_COLUMNS " FROM authorizations a WHERE authorization_id = $1", authorization_id));
}

Result<std::optional<AuthorizationRow>> find_by_code(Transaction& transaction, BytesView code_sha256) {
  return read_optional(transaction.row(
      "SELECT " MIBUN_AUTHORIZATION_COLUMNS " FROM authorizations a WHERE code_sha256 = $1", code_sha256));
}

Result<std::int64_t> open(Transaction& transaction, BytesView request_sha256, std::string_view client_id, Instant now,
                          Instant expires) {
  return transaction.run(
      "UPDATE authorizations SET phase = 'asked', expires_at = $4 WHERE request_sha256 = $1 AND client_id = $2 AND "
      "phase = 'pushed' AND expires_at > $3",
      request_sha256, client_id, now.unix_milliseconds(), expires.unix_milliseconds());
}

Result<std::int64_t> approve(Transaction& transaction, std::string_view authorization_id, const Approval& approval,
                             Instant now) {
  return transaction.run(
      "UPDATE authorizations SET phase = 'approved', account_id = $2, code_sha256 = $3, expires_at = $4, offer_id = $6 "
      "WHERE authorization_id = $1 AND phase = 'asked' AND expires_at > $5",
      authorization_id, approval.account_id, approval.code_sha256, approval.code_expires.unix_milliseconds(),
      now.unix_milliseconds(), approval.offer_id);
}

Result<std::int64_t> refuse(Transaction& transaction, std::string_view authorization_id, Instant now) {
  return transaction.run(
      "UPDATE authorizations SET phase = 'ended' WHERE authorization_id = $1 AND phase = 'asked' AND expires_at > $2",
      authorization_id, now.unix_milliseconds());
}

Result<std::int64_t> redeem(Transaction& transaction, std::string_view authorization_id, std::string_view dpop_jkt,
                            Instant now, Instant granted_until) {
  return transaction.run(
      "UPDATE authorizations SET phase = 'redeemed', dpop_jkt = $2, granted_until = $4 WHERE authorization_id = $1 AND "
      "phase = 'approved' AND expires_at > $3",
      authorization_id, dpop_jkt, now.unix_milliseconds(), granted_until.unix_milliseconds());
}

Status insert_redeemed(Transaction& transaction, const AuthorizationRow& row, BytesView request_sha256) {
  MIBUN_CHECK(insert(transaction, row, request_sha256));
  MIBUN_CHECK(transaction.run(
      "UPDATE authorizations SET phase = 'redeemed', account_id = $2, offer_id = $3, granted_until = $4 WHERE "
      "authorization_id = $1",
      row.authorization_id, row.account_id, row.offer_id, row.granted_until.unix_milliseconds()));
  return {};
}

Status end(Transaction& transaction, std::string_view authorization_id) {
  MIBUN_CHECK(
      transaction.run("UPDATE authorizations SET phase = 'ended' WHERE authorization_id = $1", authorization_id));
  MIBUN_CHECK(transaction.run("DELETE FROM refresh_tokens WHERE authorization_id = $1", authorization_id));
  return {};
}

Status insert_refresh(Transaction& transaction, std::string_view authorization_id, BytesView token_sha256,
                      Instant expires) {
  MIBUN_CHECK(
      transaction.run("INSERT INTO refresh_tokens (token_sha256, authorization_id, expires_at) VALUES ($1, $2, $3)",
                      token_sha256, authorization_id, expires.unix_milliseconds()));
  return {};
}

Result<std::optional<RefreshRow>> find_refresh(Transaction& transaction, BytesView token_sha256) {
  MIBUN_TRY(const auto row, transaction.row("SELECT " MIBUN_AUTHORIZATION_COLUMNS
                                            ", r.expires_at, r.used, r.used_at, r.successor_half FROM refresh_tokens r "
                                            "JOIN authorizations a ON a.authorization_id = r.authorization_id WHERE "
                                            "r.token_sha256 = $1",
                                            token_sha256));
  if (!row) return std::optional<RefreshRow>();
  MIBUN_TRY(AuthorizationRow authorization, read(*row));
  return std::optional(RefreshRow{.authorization = std::move(authorization),
                                  .expires = Instant::from_unix_milliseconds(row->integer(kColumns)),
                                  .used = row->integer(kColumns + 1) != 0,
                                  .used_at = Instant::from_unix_milliseconds(row->integer(kColumns + 2)),
                                  .successor_half = row->is_null(kColumns + 3) ? Bytes() : row->blob(kColumns + 3)});
}

Result<std::int64_t> use_refresh(Transaction& transaction, BytesView token_sha256, BytesView successor_half,
                                 Instant now) {
  return transaction.run(
      "UPDATE refresh_tokens SET used = 1, used_at = $2, successor_half = $3 WHERE token_sha256 = $1 AND used = 0 AND "
      "expires_at > $2",
      token_sha256, now.unix_milliseconds(), successor_half);
}

Status prolong(Transaction& transaction, std::string_view authorization_id, Instant expires) {
  MIBUN_CHECK(
      transaction.run("UPDATE authorizations SET expires_at = $2 WHERE authorization_id = $1 AND phase = "
                      "'redeemed'",
                      authorization_id, expires.unix_milliseconds()));
  return {};
}

Status erase(Transaction& transaction, std::string_view account_id) {
  MIBUN_CHECK(transaction.run("DELETE FROM authorizations WHERE account_id = $1", account_id));
  return {};
}

Status purge_expired(Transaction& transaction, Instant now) {
  MIBUN_CHECK(transaction.run("DELETE FROM refresh_tokens WHERE expires_at <= $1", now.unix_milliseconds()));
  MIBUN_CHECK(transaction.run("DELETE FROM authorizations WHERE expires_at <= $1", now.unix_milliseconds()));
  return {};
}

}  // namespace mibun::server::authorization_store
