#include "core/mdoc/request_match.h"

#include <algorithm>

#include "core/mdoc/age_over.h"

namespace mibun::mdoc {
namespace {

bool holds(const HeldDocument& document, std::string_view name_space, std::string_view identifier) {
  return std::ranges::any_of(document.elements, [&](const HeldElement& element) {
    return element.name_space == name_space && element.identifier == identifier;
  });
}

std::vector<AgeAttestation> attestations(const HeldDocument& document, std::string_view name_space) {
  std::vector<AgeAttestation> out;
  for (const HeldElement& element : document.elements) {
    if (element.name_space != name_space || !element.boolean) continue;
    if (const auto age = AgeOver::parse(element.identifier)) out.push_back({*age, *element.boolean});
  }
  return out;
}

// The identifier of the element that answers for `requested`, if one is held.
std::optional<std::string> answering_element(const HeldDocument& document, std::string_view name_space,
                                             const std::string& requested) {
  const auto age = has_age_attestations(name_space) ? AgeOver::parse(requested) : std::nullopt;
  if (!age) return holds(document, name_space, requested) ? std::optional(requested) : std::nullopt;
  const auto nearest = nearest_attestation(*age, attestations(document, name_space));
  return nearest ? std::optional(nearest->age.identifier()) : std::nullopt;
}

}  // namespace

Result<RequestMatch> match_request(const ItemsRequest& request, const HeldDocument& document) {
  if (request.doc_type() != document.doc_type) return fail(ErrorCode::mdoc_request_doc_type_mismatch, "docType");
  MIBUN_CHECK(check_age_requests(request));
  RequestMatch match;
  for (const RequestedNameSpace& name_space : request.name_spaces()) {
    for (const RequestedElement& element : name_space.elements) {
      auto identifier = answering_element(document, name_space.name, element.identifier);
      if (!identifier) {
        match.missing.push_back({name_space.name, element.identifier});
        continue;
      }
      // One attestation may answer two questions: it is sent once, kept if either says so.
      const auto same = std::ranges::find_if(match.released, [&](const ReleasedElement& released) {
        return released.name_space == name_space.name && released.identifier == *identifier;
      });
      if (same != match.released.end()) {
        same->intent_to_retain |= element.intent_to_retain;
        continue;
      }
      match.released.push_back({name_space.name, std::move(*identifier), element.identifier, element.intent_to_retain});
    }
  }
  return match;
}

}  // namespace mibun::mdoc
