#include "wallet/reader_registrations.h"

#include <algorithm>

#include "core/dcql/query.h"
#include "core/mdoc/request_info.h"
#include "core/oid4vp/request.h"
#include "core/proximity/steps.h"

namespace mibun::wallet {
namespace {

std::unexpected<Error> invalid(std::string why) {
  return fail(ErrorCode::oid4vp_registration_invalid, "requestInfo", std::move(why));
}

// The one registration of all requests; nullopt when none of them carries any.
Result<std::optional<std::string>> find_registration(std::span<const mdoc::ItemsRequest> requests) {
  std::vector<std::optional<std::string>> found;
  for (const mdoc::ItemsRequest& request : requests) {
    std::optional<std::string> text;
    if (request.request_info()) {
      MIBUN_TRY(text, mdoc::find_in_request_info(*request.request_info(), proximity::kRegistrationInfo));
    }
    found.push_back(std::move(text));
  }
  if (found.empty()) return std::optional<std::string>();
  if (std::ranges::count(found, found.front()) != std::ssize(found)) return invalid("not one registration for all");
  return found.front();
}

dcql::RequestedClaims claims_of(const mdoc::ItemsRequest& request) {
  dcql::RequestedClaims claims{.credential_id = request.doc_type(),
                               .format = std::string(dcql::kMdocFormat),
                               .types = {request.doc_type()},
                               .paths = {}};
  for (const auto& name_space : request.name_spaces()) {
    for (const auto& element : name_space.elements) {
      claims.paths.emplace_back(std::vector<sd_jwt::PathStep>{name_space.name, element.identifier});
    }
  }
  return claims;
}

}  // namespace

Result<proximity::ReaderRegister::Standing> RegisteredReaders::check(const crypto::Certificate& reader,
                                                                     std::span<const mdoc::ItemsRequest> requests,
                                                                     Instant now) {
  reader_ = reader;
  registration_.reset();
  MIBUN_TRY(const auto text, find_registration(requests));
  if (!text) return Standing::unregistered;
  const auto verified = oid4vp::VerifiedRegistration::verify(*text, registrars_, now);
  if (!verified) return invalid(std::string(to_string(verified.error().code)));
  if (verified->content().client_id != oid4vp::client_id_of(reader.der())) return invalid("of another reader");
  registration_ = verified->content();
  for (const mdoc::ItemsRequest& request : requests) MIBUN_CHECK(verified->allows(claims_of(request)));
  return Standing::registered;
}

}  // namespace mibun::wallet
