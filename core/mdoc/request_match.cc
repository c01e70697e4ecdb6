#include "core/mdoc/request_match.h"

#include <algorithm>

#include "core/codecs/cbor.h"

namespace mibun::mdoc {
namespace {

bool holds(const HeldDocument& document, std::string_view name_space, std::string_view identifier) {
  return std::ranges::any_of(document.elements, [&](const HeldElement& element) {
    return element.name_space == name_space && element.identifier == identifier;
  });
}

std::vector<AgeAttestation> attestations(std::span<const HeldElement> elements, std::string_view name_space) {
  std::vector<AgeAttestation> out;
  for (const HeldElement& element : elements) {
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
  const auto nearest = nearest_attestation(*age, attestations(document.elements, name_space));
  return nearest ? std::optional(nearest->age.identifier()) : std::nullopt;
}

std::optional<bool> boolean_of(BytesView value) {
  cbor::Reader reader(value, cbor::Form::well_formed);
  const auto read = reader.read_bool();
  return read ? std::optional(*read) : std::nullopt;
}

}  // namespace

std::vector<HeldElement> held_elements(std::span<const IssuerNameSpace> name_spaces) {
  std::vector<HeldElement> out;
  for (const IssuerNameSpace& name_space : name_spaces) {
    for (const IssuerSignedItem& item : name_space.items) {
      out.push_back({name_space.name, item.identifier, boolean_of(item.value)});
    }
  }
  return out;
}

std::vector<AgeAttestation> age_attestations(std::span<const IssuerNameSpace> name_spaces,
                                             std::string_view name_space) {
  return attestations(held_elements(name_spaces), name_space);
}

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
