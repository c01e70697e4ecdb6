#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/mdoc/age_over.h"
#include "core/mdoc/issuer_signed.h"
#include "core/mdoc/items_request.h"

// The holder's side of a proximity request: what of a document it would release. Independent of DCQL.
namespace mibun::mdoc {

// One element of a document the holder has; views live as long as the document.
struct HeldElement {
  std::string_view name_space, identifier;
  std::optional<bool> boolean;  // its value when that is a bool: age attestations are chosen by it
};

// All elements of an mdoc; the views are those of `name_spaces`.
std::vector<HeldElement> held_elements(std::span<const IssuerNameSpace> name_spaces);
// The age attestations of one name space: for nearest_attestation, and on verified documents for age_answer.
std::vector<AgeAttestation> age_attestations(std::span<const IssuerNameSpace> name_spaces, std::string_view name_space);

struct HeldDocument {
  std::string_view doc_type;
  std::span<const HeldElement> elements;
};

// An element the holder would send.
struct ReleasedElement {
  std::string name_space, identifier;
  std::string requested_identifier;  // another one where an age attestation answers for its neighbour
  bool intent_to_retain = false;     // of the request: the holder must see it
  friend bool operator==(const ReleasedElement&, const ReleasedElement&) = default;
};

struct MissingElement {
  std::string name_space, identifier;
  friend bool operator==(const MissingElement&, const MissingElement&) = default;
};

struct RequestMatch {
  std::vector<ReleasedElement> released;  // in the request's order; each element once
  std::vector<MissingElement> missing;    // asked for, not held: error code 0 ("data not returned") in the response
};

// The intersection of what is asked and what is held. age_over_NN follows 7.2.5 (core/mdoc/age_over.h). The request may
// be verified or not; whether that reader gets anything is the holder's choice.
// Errors: mdoc_request_doc_type_mismatch, mdoc_request_too_many_age_attestations.
Result<RequestMatch> match_request(const ItemsRequest& request, const HeldDocument& document);

}  // namespace mibun::mdoc
