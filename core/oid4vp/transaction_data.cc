#include "core/oid4vp/transaction_data.h"

#include <algorithm>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/shape_errors.h"
#include "core/crypto/hash.h"
#include "core/oid4vp/protocol_text.h"

namespace mibun::oid4vp {
namespace {

constexpr std::string_view kAlgorithm = "sha-256";
constexpr std::size_t kPayeeBytesMax = 200;
constexpr std::size_t kAmountDigitsMax = 12;
constexpr std::size_t kFractionDigitsMax = 3;

std::unexpected<Error> refused(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_transaction_data_not_supported, std::move(where), std::move(detail));
}

constexpr ShapeErrors shape{ErrorCode::oid4vp_transaction_data_not_supported};

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_amount(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!all_digits(whole) || whole.size() > kAmountDigitsMax || (whole.size() > 1 && whole.front() == '0')) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view fraction = text.substr(point + 1);
  return all_digits(fraction) && fraction.size() <= kFractionDigitsMax;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<Payment> read_payment(const json::Object& object, const std::string& where) {
  json::ObjectReader reader(object, where);
  Payment payment;
  MIBUN_TRY(payment.amount, shape(reader.string("amount")));
  MIBUN_TRY(payment.currency, shape(reader.string("currency")));
  MIBUN_TRY(payment.payee, shape(reader.string("payee")));
  if (!is_amount(payment.amount)) return refused(reader.place("amount"), "not an amount");
  if (!is_currency(payment.currency)) return refused(reader.place("currency"), "not a currency");
  if (payment.payee.empty() || payment.payee.size() > kPayeeBytesMax) {
    return refused(reader.place("payee"), "the name is empty or too long");
  }
  MIBUN_CHECK(shape(reader.finish()));
  return payment;
}

Result<std::vector<std::string>> read_credential_ids(json::ObjectReader& reader, const dcql::Query& query) {
  MIBUN_TRY(const json::Array* const array, shape(reader.array("credential_ids")));
  const std::string where = reader.place("credential_ids");
  if (array->empty() || array->size() > dcql::kCredentialQueriesMax) return refused(where, "none, or too many");
  std::vector<std::string> ids;
  for (const json::Value& value : *array) {
    if (!value.is_string()) return refused(where, "an id is a string");
    std::string id(value.get_string());
    const dcql::CredentialQuery* credential = query.find(id);
    if (credential == nullptr) return refused(where, "an id that the query does not have");
    // Of an mdoc the type would have to say which device signed element carries it (appendix B.2.1); ours has none.
    if (credential->format != dcql::kSdJwtFormat) return refused(where, "this type is authorized by SD-JWT VCs only");
    if (!credential->require_holder_binding) return refused(where, "a card shown without its holder's signature");
    if (std::ranges::find(ids, id) != ids.end()) return refused(where, "an id twice");
    ids.push_back(std::move(id));
  }
  return ids;
}

Result<bool> read_algorithms(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const array, shape(reader.optional_array(kTransactionHashesAlgClaim)));
  if (array == nullptr) return false;
  const bool known = std::ranges::any_of(
      *array, [](const json::Value& value) { return value.is_string() && value.get_string() == kAlgorithm; });
  if (!known) return refused(reader.place(kTransactionHashesAlgClaim), "no algorithm that is known here");
  return true;
}

Result<Approval> read_approval(json::ObjectReader& reader) {
  Approval approval;
  MIBUN_TRY(approval.approval_id, shape(reader.string("approval_id")));
  if (!is_token(approval.approval_id)) return refused(reader.place("approval_id"), "too long, or not URL safe");
  MIBUN_TRY(const json::Object* const text, shape(reader.object("text")));
  MIBUN_TRY(approval.text, shape(LocalizedText::parse(*text, reader.place("text"))));
  MIBUN_TRY(const json::Object* const payment, shape(reader.optional_object("payment")));
  if (payment != nullptr) {
    MIBUN_TRY(approval.payment, read_payment(*payment, reader.place("payment")));
  }
  return approval;
}

std::unexpected<Error> mismatch(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_transaction_data_mismatch, std::move(where), std::move(detail));
}

// The hashes that one holder's statement names; none when it names no transaction.
Result<std::vector<std::string>> read_hashes(const HolderStatement& statement) {
  std::vector<std::string> hashes;
  const json::Value* value = statement.key_binding->if_contains(kTransactionHashesClaim);
  const json::Value* algorithm = statement.key_binding->if_contains(kTransactionHashesAlgClaim);
  if (algorithm != nullptr && (!algorithm->is_string() || algorithm->get_string() != kAlgorithm)) {
    return mismatch(statement.where, "another hash algorithm");
  }
  if (value == nullptr) {
    if (algorithm != nullptr) return mismatch(statement.where, "an algorithm without hashes");
    return hashes;
  }
  const json::Array* array = value->if_array();
  if (array == nullptr || array->empty() || array->size() > kTransactionsMax) {
    return mismatch(statement.where, "an array of hashes is expected");
  }
  for (const json::Value& hash : *array) {
    if (!hash.is_string()) return mismatch(statement.where, "a hash is a string");
    hashes.emplace_back(hash.get_string());
  }
  return hashes;
}

Result<json::Object> decode(std::string_view encoded, const std::string& where) {
  if (encoded.size() > kTransactionBytesMax) return refused(where, "too large");
  const auto bytes = base64url::decode(encoded);
  if (!bytes) return refused(where, "not base64url");
  auto object = json::parse_object(as_text(*bytes), {.bytes_max = kTransactionBytesMax});
  if (!object) return refused(where, "not a JSON object");
  return object;
}

Status check_type(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string_view type, shape(reader.string("type")));
  if (type != kApprovalType) return refused(reader.place("type"), "a type that is not known here");
  return {};
}

}  // namespace

Result<TransactionData> TransactionData::parse(std::string_view encoded, const dcql::Query& query,
                                               const std::string& where) {
  MIBUN_TRY(const json::Object object, decode(encoded, where));
  json::ObjectReader reader(object, where);
  MIBUN_CHECK(check_type(reader));
  TransactionData data;
  data.encoded_ = encoded;
  MIBUN_TRY(data.credential_ids_, read_credential_ids(reader, query));
  MIBUN_TRY(data.names_algorithm_, read_algorithms(reader));
  MIBUN_TRY(data.approval_, read_approval(reader));
  MIBUN_CHECK(shape(reader.finish()));
  return data;
}

Result<TransactionData> TransactionData::make(json::Object object, const dcql::Query& query, const std::string& where) {
  object[kTransactionHashesAlgClaim] = json::Array{kAlgorithm};
  return parse(base64url::encode(as_bytes(json::serialize(object))), query, where);
}

Result<TransactionData> TransactionData::make(const Approval& approval, const std::vector<std::string>& credential_ids,
                                              const dcql::Query& query) {
  json::Array ids;
  for (const std::string& id : credential_ids) ids.emplace_back(id);
  json::Object object{{"type", kApprovalType},
                      {"credential_ids", std::move(ids)},
                      {"approval_id", approval.approval_id},
                      {"text", approval.text.to_json()}};
  if (approval.payment) {
    object["payment"] = json::Object{{"amount", approval.payment->amount},
                                     {"currency", approval.payment->currency},
                                     {"payee", approval.payment->payee}};
  }
  return make(std::move(object), query, std::string(kTransactionDataMember));
}

std::string TransactionData::hash() const {
  return base64url::encode(crypto::sha256(encoded_));
}

Result<Approval> read_approval(std::string_view encoded) {
  const std::string where(kTransactionDataMember);
  MIBUN_TRY(const json::Object object, decode(encoded, where));
  json::ObjectReader reader(object, where);
  MIBUN_CHECK(check_type(reader));
  return read_approval(reader);
}

Result<std::vector<TransactionData>> read_transaction_data(const json::Object& request, const dcql::Query& query) {
  std::vector<TransactionData> transactions;
  const std::string where = "request." + std::string(kTransactionDataMember);
  const json::Value* value = request.if_contains(kTransactionDataMember);
  if (value == nullptr) return transactions;
  const json::Array* array = value->if_array();
  if (array == nullptr || array->empty() || array->size() > kTransactionsMax)
    return refused(where, "none, or too many");
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string place = where + "[" + std::to_string(i) + "]";
    if (!(*array)[i].is_string()) return refused(place, "a string is expected");
    MIBUN_TRY(TransactionData data, TransactionData::parse((*array)[i].get_string(), query, place));
    if (std::ranges::find(transactions, data.encoded(), &TransactionData::encoded) != transactions.end()) {
      return refused(place, "the same twice");
    }
    transactions.push_back(std::move(data));
  }
  return transactions;
}

Result<std::vector<std::string>> authorizing_credentials(std::span<const TransactionData> transactions,
                                                         std::span<const std::string> shown) {
  std::vector<std::string> authorizing;
  for (const TransactionData& data : transactions) {
    const auto found = std::ranges::find_if(
        data.credential_ids(), [&](const std::string& id) { return std::ranges::find(shown, id) != shown.end(); });
    if (found == data.credential_ids().end()) {
      return fail(ErrorCode::dcql_not_satisfied, std::string(kTransactionDataMember), "no card shown authorizes it");
    }
    authorizing.push_back(*found);
  }
  return authorizing;
}

json::Object transaction_claims(std::span<const TransactionData> transactions, std::span<const std::string> authorizing,
                                std::string_view credential_id) {
  MIBUN_INVARIANT(transactions.size() == authorizing.size());
  json::Object claims;
  json::Array hashes;
  bool names_algorithm = false;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    if (authorizing[i] != credential_id) continue;
    hashes.emplace_back(transactions[i].hash());
    names_algorithm = names_algorithm || transactions[i].names_algorithm();
  }
  if (hashes.empty()) return claims;
  claims[kTransactionHashesClaim] = std::move(hashes);
  if (names_algorithm) claims[kTransactionHashesAlgClaim] = kAlgorithm;
  return claims;
}

Result<std::vector<std::string>> check_transaction_data(std::span<const TransactionData> asked,
                                                        std::span<const HolderStatement> statements) {
  std::vector<std::string> authorized(asked.size());
  for (const HolderStatement& statement : statements) {
    if (statement.key_binding == nullptr) continue;
    MIBUN_TRY(const auto hashes, read_hashes(statement));
    const bool says_algorithm = statement.key_binding->contains(kTransactionHashesAlgClaim);
    for (const std::string& hash : hashes) {
      const auto found = std::ranges::find(asked, hash, &TransactionData::hash);
      if (found == asked.end()) return mismatch(statement.where, "signed for something that was not asked");
      const auto& ids = found->credential_ids();
      if (std::ranges::find(ids, statement.credential_id) == ids.end()) {
        return mismatch(statement.where, "signed with another credential");
      }
      if (found->names_algorithm() && !says_algorithm) return mismatch(statement.where, "the algorithm is not said");
      const auto place = static_cast<std::size_t>(found - asked.begin());
      if (!authorized[place].empty()) return mismatch(statement.where, "signed twice");
      authorized[place] = statement.credential_id;
    }
  }
  const bool all = std::ranges::none_of(authorized, &std::string::empty);
  if (!all) return mismatch("vp_token", "the holder did not sign all that was asked");
  return authorized;
}

}  // namespace mibun::oid4vp
