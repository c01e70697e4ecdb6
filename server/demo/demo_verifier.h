#pragma once

#include <string>

#include "core/codecs/json.h"
#include "server/deletion_requests/service.h"
#include "server/partners/service.h"
#include "server/presentation/service.h"

namespace mibun::server {

// The shop of `mibun serve --demo`: a page of this server's own that asks as any partner does, registered and checked
// like one. It exists in the demonstration only; in production partners have pages of their own and use the partner
// API. Nothing is kept here: the session's secret lies in a cookie of the browser that asked.
class DemoVerifier {
 public:
  DemoVerifier(PartnerService& partners, PresentationService& presentation, DeletionRequestService& deletion_requests,
               std::string public_origin)
      : partners_(partners),
        presentation_(presentation),
        deletion_requests_(deletion_requests),
        public_origin_(std::move(public_origin)) {}

  // Once, at the start; again it changes nothing. Errors: those of PartnerService::add.
  Status register_partner();

  // Given name, and whether aged 20 or over. Errors: those of PresentationService::create.
  Result<PresentationService::Created> ask(PresentationMode mode);

  // What the browser's cookie says: which request, and the secret of the session that made it.
  struct Session {
    std::string request_id;
    SessionSecret secret;
  };
  Result<std::string> state(const Session& session);
  Status take_from_browser(const Session& session, const json::Object& data);
  Result<json::Object> result(const Session& session, std::optional<std::string> response_code);
  // The link of a request on another device, for its QR code. Errors: request_not_found.
  Result<std::string> wallet_link(const Session& session);

  // What visitors asked this shop to delete. It keeps nothing, so it can always say that it is done.
  // Errors: deletion_request_not_found.
  Result<std::vector<DeletionRequestService::Request>> deletions();
  Status deleted(std::string_view deletion_id);

 private:
  PartnerService& partners_;
  PresentationService& presentation_;
  DeletionRequestService& deletion_requests_;
  std::string public_origin_;
};

}  // namespace mibun::server
