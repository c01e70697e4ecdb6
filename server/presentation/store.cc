#include "server/presentation/store.h"

namespace mibun::server::presentation_store {
namespace {

std::optional<std::string> none_if_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

Result<std::vector<oid4vp::TransactionData>> stored_transactions(const RequestRow& row, const dcql::Query& query) {
  json::Object request;
  if (!row.transaction_data.empty()) {
    MIBUN_TRY(request[oid4vp::kTransactionDataMember], json::parse(row.transaction_data));
  }
  return oid4vp::read_transaction_data(request, query);
}

Status insert(Transaction& transaction, const RequestRow& row) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO presentation_requests (request_id, partner_id, state, dcql_query, nonce, "
      "state_value, encryption_kid, "
      "decryption_key, created_at, expires_at, mode, session_sha256, session_public_key, pairing_code, "
      "response_mode, transaction_data, client_id, by_value) VALUES ($1, $2, "
      "'waiting', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
      row.request_id, row.partner_id, row.dcql_query, row.nonce, row.state_value, row.encryption_kid,
      row.decryption_key, row.created_at.unix_milliseconds(), row.expires_at.unix_milliseconds(), to_string(row.mode),
      row.session_sha256, row.session_public_key, row.pairing_code, oid4vp::to_string(row.response_mode),
      none_if_empty(row.transaction_data), row.client_id, row.by_value ? 1 : 0));
  return {};
}

Result<std::optional<RequestRow>> find(Transaction& transaction, std::string_view request_id) {
  MIBUN_TRY(auto row,
            transaction.row("SELECT partner_id, state, dcql_query, nonce, state_value, encryption_kid, "
                            "decryption_key, created_at, expires_at, response_code_sha256, result, mode, "
                            "session_sha256, session_public_key, pairing_code, pairing_locked, response_mode, "
                            "transaction_data, client_id, consent_hash, by_value FROM "
                            "presentation_requests WHERE request_id = $1",
                            request_id));
  if (!row) return std::optional<RequestRow>();
  RequestRow found;
  found.request_id = request_id;
  found.partner_id = row->text(0);
  found.state = row->text(1);
  found.dcql_query = row->text(2);
  found.nonce = row->text(3);
  found.state_value = row->text(4);
  found.encryption_kid = row->text(5);
  if (!row->is_null(6)) found.decryption_key = row->blob(6);
  found.created_at = Instant::from_unix_milliseconds(row->integer(7));
  found.expires_at = Instant::from_unix_milliseconds(row->integer(8));
  if (!row->is_null(9)) found.response_code_sha256 = row->blob(9);
  if (!row->is_null(10)) found.result = row->blob(10);
  MIBUN_TRY(found.mode, parse_presentation_mode(row->text(11)));
  if (!row->is_null(12)) found.session_sha256 = row->blob(12);
  if (!row->is_null(13)) found.session_public_key = row->blob(13);
  if (!row->is_null(14)) found.pairing_code = row->blob(14);
  found.pairing_locked = row->integer(15) != 0;
  found.response_mode = usual_response_mode(found.mode);
  if (!row->is_null(16)) {
    MIBUN_TRY(found.response_mode, oid4vp::parse_response_mode(row->text(16), "request.response_mode"));
  }
  if (!row->is_null(17)) found.transaction_data = row->text(17);
  if (!row->is_null(18)) found.client_id = row->text(18);
  if (!row->is_null(19)) found.consent_hash = row->text(19);
  found.by_value = row->integer(20) != 0;
  return std::optional(std::move(found));
}

Result<std::int64_t> answer(Transaction& transaction, std::string_view request_id, const AnswerRow& row, Instant now) {
  MIBUN_TRY(const std::int64_t consumed,
            transaction.run(
                "UPDATE presentation_requests SET state = $2, answered_at = $3, response_code_sha256 = $4, result = "
                "$5, consent_hash = $6, decryption_key = NULL "
                "WHERE request_id = $1 AND state = 'waiting' AND expires_at > $3",
                request_id, row.state, now.unix_milliseconds(), row.response_code_sha256, row.result,
                none_if_empty(row.consent_hash)));
  if (consumed != 1 || row.receipt.empty()) return consumed;
  MIBUN_CHECK(transaction.run("INSERT INTO consent_receipts (consent_hash, receipt) VALUES ($1, $2)", row.consent_hash,
                              row.receipt));
  return consumed;
}

Result<PairingTry> try_pairing_code(Transaction& transaction, std::string_view request_id,
                                    const std::function<bool()>& is_right) {
  MIBUN_TRY(const std::int64_t counted,
            transaction.run("UPDATE presentation_requests SET pairing_tries = pairing_tries + 1 WHERE request_id = $1 "
                            "AND state = 'waiting' AND pairing_tries < 5",
                            request_id));
  if (counted == 0) return PairingTry::locked;
  if (is_right()) return PairingTry::right;
  MIBUN_TRY(const std::int64_t locked,
            transaction.run("UPDATE presentation_requests SET pairing_locked = 1 WHERE request_id = $1 AND "
                            "pairing_tries >= 5",
                            request_id));
  return locked == 0 ? PairingTry::wrong : PairingTry::locked;
}

Result<std::int64_t> deliver(Transaction& transaction, std::string_view request_id) {
  return transaction.run(
      "UPDATE presentation_requests SET state = 'delivered', result = NULL WHERE request_id = $1 AND state = "
      "'answered'",
      request_id);
}

Result<std::optional<std::string>> find_receipt(Transaction& transaction, std::string_view consent_hash) {
  MIBUN_TRY(auto row, transaction.row("SELECT receipt FROM consent_receipts WHERE consent_hash = $1", consent_hash));
  if (!row) return std::optional<std::string>();
  return std::optional(row->text(0));
}

Status purge_before(Transaction& transaction, Instant before) {
  MIBUN_CHECK(transaction.run("DELETE FROM presentation_requests WHERE expires_at < $1", before.unix_milliseconds()));
  return {};
}

}  // namespace mibun::server::presentation_store
