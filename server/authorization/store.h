#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/oid4vci/authorization_details.h"
#include "platform/database/database.h"

// The tables of 0009_authorization.sql and 0038_refresh_repeats.sql. Every step of an authorization is one conditional
// update: exactly one caller gets 1, everyone else 0 (rule R3).
namespace mibun::server::authorization_store {

using database::Transaction;

struct AuthorizationRow {
  std::string authorization_id;
  std::string phase;  // pushed, asked, approved, redeemed, ended
  Instant expires;
  std::string client_id, instance_jkt, dpop_jkt, redirect_uri, code_challenge;
  std::optional<std::string> state, issuer_state;
  std::vector<std::string> scopes;
  std::vector<oid4vci::AuthorizationDetail> details;
  std::string account_id;  // empty before approval
  std::string offer_id;    // the offer that it came from; empty: none
  Instant granted_until;   // once redeemed: its refresh tokens end then
};

Status insert(Transaction& transaction, const AuthorizationRow& row, BytesView request_sha256);
Result<std::optional<AuthorizationRow>> find_by_request(Transaction& transaction, BytesView request_sha256);
Result<std::optional<AuthorizationRow>> find_by_id(Transaction& transaction, std::string_view authorization_id);
Result<std::optional<AuthorizationRow>> find_by_code(Transaction& transaction, BytesView code_sha256);

// pushed -> asked, of this client, before it expires.
Result<std::int64_t> open(Transaction& transaction, BytesView request_sha256, std::string_view client_id, Instant now,
                          Instant expires);
// asked -> approved.
struct Approval {
  std::string_view account_id, offer_id;
  BytesView code_sha256;
  Instant code_expires;
};
Result<std::int64_t> approve(Transaction& transaction, std::string_view authorization_id, const Approval& approval,
                             Instant now);
// asked -> ended.
Result<std::int64_t> refuse(Transaction& transaction, std::string_view authorization_id, Instant now);
// approved -> redeemed, bound to the key from now on.
Result<std::int64_t> redeem(Transaction& transaction, std::string_view authorization_id, std::string_view dpop_jkt,
                            Instant now, Instant granted_until);
// One that begins redeemed, by a pre-authorized code.
Status insert_redeemed(Transaction& transaction, const AuthorizationRow& row, BytesView request_sha256);
// To ended from anywhere; its refresh tokens go.
Status end(Transaction& transaction, std::string_view authorization_id);

struct RefreshRow {
  AuthorizationRow authorization;
  Instant expires;
  bool used = false;
  Instant used_at;
  Bytes successor_half;  // 32 random bytes; empty: not used yet, or before 0038_refresh_repeats.sql
};
Status insert_refresh(Transaction& transaction, std::string_view authorization_id, BytesView token_sha256,
                      Instant expires);
Result<std::optional<RefreshRow>> find_refresh(Transaction& transaction, BytesView token_sha256);
Result<std::int64_t> use_refresh(Transaction& transaction, BytesView token_sha256, BytesView successor_half,
                                 Instant now);
// The authorization lives as long as its newest refresh token.
Status prolong(Transaction& transaction, std::string_view authorization_id, Instant expires);

Status erase(Transaction& transaction, std::string_view account_id);
Status purge_expired(Transaction& transaction, Instant now);

}  // namespace mibun::server::authorization_store
