// A receipt as text that nobody signed, and as a payload: what parses survives being written and parsed again.
#include <cstdint>
#include <cstdlib>

#include "core/receipt/receipt.h"
#include "core/receipt/receipt_json.h"
#include "tests/support/test_pki.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  static const TestAuthority authority("receipts");
  static const auto receipts = authority.anchors(crypto::CertificatePurpose::receipt);
  static const auto issuers = authority.anchors(crypto::CertificatePurpose::credential_issuer);
  static const auto iaca = authority.anchors(crypto::CertificatePurpose::mdoc_document_signer);
  const std::string_view text = as_text({data, size});
  if (receipt::check_receipt(text, {receipts, issuers, iaca}, kTestNow)) std::abort();

  const auto object = json::parse_object(text);
  if (!object) return 0;
  if (const auto consent = receipt::parse_consent_receipt(*object)) {
    const json::Object written = receipt::to_json(*consent);
    const auto again = receipt::parse_consent_receipt(written);
    if (!again || json::serialize(receipt::to_json(*again)) != json::serialize(written)) std::abort();
  }
  if (const auto erasure = receipt::parse_erasure_receipt(*object)) {
    const json::Object written = receipt::to_json(*erasure);
    const auto again = receipt::parse_erasure_receipt(written);
    if (!again || json::serialize(receipt::to_json(*again)) != json::serialize(written)) std::abort();
  }
  return 0;
}
