#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/dcql/query.h"
#include "core/oid4vp/localized_text.h"

// What a holder authorizes together with showing a card: OpenID4VP 1.0, sections 5.1 and 8.4, appendix B.3.3.
namespace mibun::oid4vp {

inline constexpr std::string_view kTransactionDataMember = "transaction_data";          // of a request
inline constexpr std::string_view kTransactionHashesClaim = "transaction_data_hashes";  // of a key binding JWT
inline constexpr std::string_view kTransactionHashesAlgClaim = "transaction_data_hashes_alg";
inline constexpr std::string_view kApprovalType = "urn:mibun:transaction:approval:1";
inline constexpr std::size_t kTransactionsMax = 5;
inline constexpr std::size_t kTransactionBytesMax = 16 * 1024;  // one, as it travels

// {"amount": "1200", "currency": "JPY", "payee": "..."}: digits, with a point and up to three more; three capitals.
struct Payment {
  std::string amount, currency, payee;
  friend bool operator==(const Payment&, const Payment&) = default;
};

// The one type that is known here: a text that the holder approves, and perhaps a payment. Unknown members are refused,
// because the holder would sign what nobody showed.
struct Approval {
  std::string approval_id;  // the verifier's own name for it, URL safe
  LocalizedText text;
  std::optional<Payment> payment;
  friend bool operator==(const Approval&, const Approval&) = default;
};

// One element of "transaction_data":
//   base64url({"type": kApprovalType, "credential_ids": [...], "transaction_data_hashes_alg": ["sha-256"]?,
//              "approval_id": ..., "text": {"ja","en"}, "payment": Payment?})
// Whose hash is signed is the text as it arrived.
class TransactionData {
 public:
  // Errors: oid4vp_transaction_data_not_supported at `where` (another type, another algorithm, a credential that the
  // query does not ask for or that is no SD-JWT VC, any other shape).
  static Result<TransactionData> parse(std::string_view encoded, const dcql::Query& query, const std::string& where);
  // The object itself, as a verifier's program says it, with the one algorithm that is known here. Errors: the same.
  static Result<TransactionData> make(json::Object object, const dcql::Query& query, const std::string& where);
  // Errors: the same.
  static Result<TransactionData> make(const Approval& approval, const std::vector<std::string>& credential_ids,
                                      const dcql::Query& query);

  const std::string& encoded() const { return encoded_; }
  std::string hash() const;  // base64url(SHA-256(encoded))
  // One of these authorizes it; of several the wallet takes one: section 5.1.
  const std::vector<std::string>& credential_ids() const { return credential_ids_; }
  bool names_algorithm() const { return names_algorithm_; }
  const Approval& approval() const { return approval_; }

 private:
  TransactionData() = default;
  std::string encoded_;
  std::vector<std::string> credential_ids_;
  bool names_algorithm_ = false;
  Approval approval_;
};

// What one says, without the request that it came with: for receipts, where all else was checked before.
// Errors: oid4vp_transaction_data_not_supported.
Result<Approval> read_approval(std::string_view encoded);

// The member of a request; empty without it. Errors: those of TransactionData::parse; none, too many, one twice.
Result<std::vector<TransactionData>> read_transaction_data(const json::Object& request, const dcql::Query& query);

// ---- The wallet's side ----

// By which of the credentials that are shown each is authorized: the first that it names. Errors: dcql_not_satisfied
// (none of those that it names is shown).
Result<std::vector<std::string>> authorizing_credentials(std::span<const TransactionData> transactions,
                                                         std::span<const std::string> shown);
// What the key binding JWT of a credential says: {"transaction_data_hashes": [...], "transaction_data_hashes_alg":
// "sha-256"?}. Empty when it authorizes none. `authorizing`: from authorizing_credentials.
json::Object transaction_claims(std::span<const TransactionData> transactions, std::span<const std::string> authorizing,
                                std::string_view credential_id);

// ---- The gateway's side ----

struct HolderStatement {
  std::string credential_id;
  std::string where;
  const json::Object* key_binding = nullptr;  // null: an mdoc, which authorizes nothing
};
// Each that was asked for is signed once, by a credential that it names, and nothing else is: by which, in the order of
// `asked`. Errors: oid4vp_transaction_data_mismatch.
Result<std::vector<std::string>> check_transaction_data(std::span<const TransactionData> asked,
                                                        std::span<const HolderStatement> statements);

}  // namespace mibun::oid4vp
