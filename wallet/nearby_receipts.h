#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/x509.h"
#include "core/oid4vp/registration.h"
#include "core/proximity/holder_flow.h"
#include "wallet/host.h"

// The person's own paper about what they showed to a reader that was here. No server takes part in a meeting and nobody
// signs a receipt, so the wallet keeps what the reader itself signed: its request, over this very session. Whoever has
// the paper can see that this reader asked for that; when, and what was shown, is the wallet's word. No value is in it.
namespace mibun::wallet {

// Whom the wallet took the reader for, then.
enum class ReaderStanding {
  registered,  // verified, and a registrar says what it may ask and why
  verified,    // its certificate leads to an authority that we trust
  unknown,     // nobody vouches for it
};
std::string_view to_string(ReaderStanding standing);

struct ShownElement {
  std::string name_space, identifier;
  std::string asked_as;  // another one where an age attestation answered for its neighbour
  bool intent_to_retain = false;
};
struct ShownDocument {
  std::string doc_type;
  std::vector<ShownElement> elements;
};

// docs/formats/nearby_receipt.md
struct NearbyReceipt {
  Instant at;            // whole seconds
  bool arrived = false;  // the reader said that it has it; otherwise it was sent
  ReaderStanding standing = ReaderStanding::unknown;
  std::string name_ja, name_en;                  // of a reader that is not unknown
  std::optional<oid4vp::LocalizedText> purpose;  // the registrar's words; registered readers only
  std::optional<oid4vp::Retention> retention;    // the same
  std::optional<crypto::Certificate> reader;     // of one that is not unknown
  std::vector<ShownDocument> documents;
  Bytes request, session_transcript;  // as they arrived, for the reader's signature
};

// What was agreed to. `registration`: of a registered reader.
NearbyReceipt make_nearby_receipt(const proximity::AskHolder& agreed, const std::string& name_ja,
                                  const std::string& name_en, const std::optional<oid4vp::Registration>& registration,
                                  Instant at);
std::string to_text(const NearbyReceipt& receipt);
// Of a reader that is not unknown: its certificate signed this request over this session for each document, and all
// that was shown had been asked for. Whether the authority behind the certificate is trusted today is not asked: the
// paper says whom the wallet took it for then. Errors: receipt_malformed, receipt_signature_invalid (also: more than
// was asked for).
Result<NearbyReceipt> check_nearby_receipt(std::string_view text);

// "nearby.<id>": before anything is sent, so that no end of the program leaves a showing without its paper.
struct KeptNearbyReceipt {
  std::string name, text;
  NearbyReceipt receipt;
};
// Returns its name. Errors: those of the store.
Result<std::string> keep_nearby_receipt(const Host& host, const NearbyReceipt& receipt);
Status replace_nearby_receipt(Store& store, const std::string& name, const NearbyReceipt& receipt);
bool is_nearby_receipt(std::string_view name);
// Oldest first. Errors: those of the store and of check_nearby_receipt.
Result<std::vector<KeptNearbyReceipt>> list_nearby_receipts(const Host& host);

}  // namespace mibun::wallet
