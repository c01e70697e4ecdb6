#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/public_key.h"
#include "core/mdoc/mso.h"

namespace mibun::mdoc {

struct NewElement {
  std::string identifier;
  Bytes value;  // one CBOR item; element_value.h makes them
};
struct NewNameSpace {
  std::string name;
  std::vector<NewElement> elements;
};

// Where the status of a new mdoc will be found; MsoStatus with a text of its own.
struct NewStatus {
  std::uint64_t index = 0;
  std::string uri;
};

// What the device may later say on its own; KeyAuthorizations with texts of their own.
struct NewKeyAuthorizations {
  std::vector<std::string> name_spaces;
  std::vector<std::pair<std::string, std::vector<std::string>>> elements;  // name space, identifiers
};

// Whether elements are held against the doctype tables (doc_types.h): all mandatory ones there, known ones of their
// type. A doctype without a table has nothing to check.
enum class IssuedElements { check, ignore };

struct IssueRequest {
  std::string doc_type;
  std::vector<NewNameSpace> name_spaces;
  crypto::PublicKey device_key;
  // Written in whole seconds. Round them to a day or so: an exact second tells verifiers which presentations belong
  // together.
  Instant signed_at, valid_from, valid_until;
  std::optional<Instant> expected_update;
  std::optional<NewStatus> status;
  NewKeyAuthorizations key_authorizations;
  DigestAlgorithm digest_algorithm = DigestAlgorithm::sha256;
  IssuedElements elements = IssuedElements::check;
};

// IssuerSigned with all elements, deterministically encoded, for the wallet that holds `device_key`. `x5chain`: DER,
// the document signer first, without the IACA. Each call draws a 32-byte salt for each element, and digest ids in a
// random order; items stand in the order of their ids, so that neither tells which elements there are.
// Errors: mdoc_malformed (no elements, an empty name, a value that is not one CBOR item), mdoc_duplicate_element,
//   mdoc_too_large, mdoc_validity_inconsistent, mdoc_element_missing, mdoc_element_wrong_type,
//   mdoc_key_authorizations_malformed, mdoc_x5chain_missing, and the signer's.
Result<Bytes> issue(const IssueRequest& request, const crypto::Signer& signer, std::span<const Bytes> x5chain,
                    Rng& rng);

}  // namespace mibun::mdoc
