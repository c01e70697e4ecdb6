// Transaction data of a request: what parses says the same when it is made again, and nothing else is signed for it.
#include <cstdint>
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/codecs/base64url.h"
#include "core/oid4vp/transaction_data.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  using namespace mibun::oid4vp;
  static const dcql::Query query = *dcql::Query::parse(
      *json::parse_object(R"({"credentials":[{"id":"a","format":"dc+sd-jwt","meta":{"vct_values":["urn:a"]}},)"
                          R"({"id":"b","format":"dc+sd-jwt","meta":{"vct_values":["urn:b"]}}]})"));
  const BytesView bytes(data, size);
  (void)TransactionData::parse(as_text(bytes), query, "x");
  const auto parsed = TransactionData::parse(base64url::encode(bytes), query, "x");
  if (!parsed) return 0;
  const auto again = TransactionData::make(parsed->approval(), parsed->credential_ids(), query);
  if (!again || again->approval() != parsed->approval() || again->credential_ids() != parsed->credential_ids()) {
    std::abort();
  }
  const std::vector<std::string> authorizing{parsed->credential_ids().front()};
  const json::Object claims = transaction_claims(std::span(&*parsed, 1), authorizing, authorizing.front());
  const HolderStatement statement{authorizing.front(), "x", &claims};
  if (!check_transaction_data(std::span(&*parsed, 1), std::span(&statement, 1))) std::abort();
  return 0;
}
