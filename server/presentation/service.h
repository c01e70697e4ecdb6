#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "platform/database/database.h"
#include "platform/metrics/metrics.h"
#include "server/partners/service.h"
#include "server/presentation/status_check.h"
#include "server/presentation/store.h"
#include "server/trust/trust.h"

namespace mibun::server {

// The verifier gateway: requests for registered partners, answers from wallets, results handed over once.
class PresentationService {
 public:
  PresentationService(database::Database& database, PartnerService& partners, StatusCheck& status, Trust& trust,
                      metrics::Metrics& metrics, const Clock& clock, Rng& rng, std::string public_origin)
      : database_(database),
        partners_(partners),
        status_(status),
        trust_(trust),
        metrics_(metrics),
        clock_(clock),
        rng_(rng),
        public_origin_(std::move(public_origin)) {}

  struct Created {
    std::string request_id, client_id, request_uri, wallet_link;
    Instant expires_at;
  };
  // Errors: partner_not_found, claim_not_registered, request_malformed (the query), jwt_expired (the registration).
  Result<Created> create(std::string_view partner_id, const json::Object& dcql_query);

  // The signed request object; again for each fetch until it is answered. Errors: request_not_found.
  Result<std::string> request_object(std::string_view request_id, std::optional<std::string> wallet_nonce);

  // The wallet's POST. Returns where the person's browser goes next. Errors: those of oid4vp::receive_response,
  // oid4vp_transaction_unknown, _expired, _consumed.
  Result<std::string> receive(std::string_view request_id, std::string_view form_body);

  // waiting, answered, refused, expired, delivered. Errors: request_not_found (also: of another partner).
  Result<std::string> state(std::string_view partner_id, std::string_view request_id);
  // The verified claims, once: {"claims","verified_at","consent_receipt"}.
  // Errors: request_not_found, result_not_ready, result_already_given, request_refused_by_holder,
  // oid4vp_response_code_wrong.
  Result<json::Object> result(std::string_view partner_id, std::string_view request_id, std::string_view response_code);

  // Errors: not_found.
  Result<std::string> receipt(std::string_view consent_hash);

  Status purge_expired();

 private:
  Result<presentation_store::RequestRow> find(std::string_view request_id);
  database::Database& database_;
  PartnerService& partners_;
  StatusCheck& status_;
  Trust& trust_;
  metrics::Metrics& metrics_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
};

}  // namespace mibun::server
