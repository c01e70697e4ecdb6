#pragma once

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/receipt/receipt.h"

// For files in core/receipt only: the payloads, strict both ways. A member that nobody knows is refused: it would be
// signed and never shown.
namespace mibun::receipt {

json::Object to_json(const ConsentReceipt& receipt);
json::Object to_json(const ErasureReceipt& receipt);

// Errors: receipt_malformed at the member.
Result<ConsentReceipt> parse_consent_receipt(const json::Object& payload);
Result<ErasureReceipt> parse_erasure_receipt(const json::Object& payload);

}  // namespace mibun::receipt
