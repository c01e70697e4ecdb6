#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/oid4vp/transaction_data.h"
#include "platform/database/database.h"
#include "server/presentation/session.h"

// The table of 0007_presentation.sql.
namespace mibun::server::presentation_store {

using database::Transaction;

struct RequestRow {
  std::string request_id, partner_id, state, dcql_query, nonce, state_value, encryption_kid;
  std::string client_id;  // under which name the partner asked; empty: before it was kept
  Bytes decryption_key;   // sealed; empty once answered
  Instant created_at, expires_at;
  Bytes response_code_sha256, result;
  PresentationMode mode = PresentationMode::same_device;
  Bytes session_sha256;
  Bytes session_public_key;  // 65 bytes; where the session waits
  Bytes pairing_code;        // sealed; cross device only
  bool pairing_locked = false;
  oid4vp::ResponseMode response_mode = oid4vp::ResponseMode::direct_post_jwt;
  bool by_value = false;         // it travels in its link, and is not to be fetched
  std::string transaction_data;  // a JSON array of texts, as they travel; empty: nothing
  std::string consent_hash;      // of the answer; empty: none, or a wallet that knows no consent
};

// What stands in `transaction_data`, again as it was made. Errors: those of oid4vp::read_transaction_data, json_*.
Result<std::vector<oid4vp::TransactionData>> stored_transactions(const RequestRow& row, const dcql::Query& query);

Status insert(Transaction& transaction, const RequestRow& row);
Result<std::optional<RequestRow>> find(Transaction& transaction, std::string_view request_id);

struct AnswerRow {
  std::string state;  // "answered" or "refused"
  BytesView response_code_sha256;
  Bytes result;  // sealed; empty when refused
  std::string consent_hash, receipt;
};
// Consumes the request: 1 for exactly one caller, 0 for everybody else (rule R3).
Result<std::int64_t> answer(Transaction& transaction, std::string_view request_id, const AnswerRow& row, Instant now);
// One try of a pairing code, counted before `is_right` is asked and in the same transaction; five are ever compared.
enum class PairingTry { right, wrong, locked };
Result<PairingTry> try_pairing_code(Transaction& transaction, std::string_view request_id,
                                    const std::function<bool()>& is_right);

// 1 for exactly one caller; the result is gone from the table afterwards.
Result<std::int64_t> deliver(Transaction& transaction, std::string_view request_id);

Result<std::optional<std::string>> find_receipt(Transaction& transaction, std::string_view consent_hash);
Status purge_before(Transaction& transaction, Instant before);

}  // namespace mibun::server::presentation_store
