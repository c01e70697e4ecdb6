#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/wallet_metadata.h"
#include "platform/database/database.h"
#include "platform/metrics/metrics.h"
#include "server/partners/service.h"
#include "server/presentation/request_by.h"
#include "server/presentation/session.h"
#include "server/presentation/status_check.h"
#include "server/presentation/store.h"
#include "server/trust/card_issuers.h"
#include "server/trust/trust.h"

namespace mibun::server {

// The verifier gateway: requests for registered partners, answers from wallets, results handed over once.
class PresentationService {
 public:
  // Who asks, and whose cards of which types answer.
  struct Parties {
    PartnerService& partners;
    StatusCheck& status;
    const CardIssuers& issuers;
  };
  // What partners may ask for, beyond what HAIP has: what the operator allows.
  struct Allowed {
    oid4vp::AnsweredModes modes;
    oid4vp::Kind requests_by_value;
  };
  PresentationService(database::Database& database, const Parties& parties, Trust& trust, metrics::Metrics& metrics,
                      const Clock& clock, Rng& rng, std::string public_origin, const Allowed& allowed)
      : database_(database),
        partners_(parties.partners),
        status_(parties.status),
        issuers_(parties.issuers),
        trust_(trust),
        metrics_(metrics),
        clock_(clock),
        rng_(rng),
        public_origin_(std::move(public_origin)),
        allowed_(allowed) {}

  // What a partner asks. `response_mode`: unsaid, the usual one of the mode. `transaction_data`: objects as
  // oid4vp::TransactionData has them, without the algorithms.
  struct Question {
    json::Object dcql_query;
    PresentationMode mode = PresentationMode::same_device;
    std::optional<std::string> response_mode{};
    json::Array transaction_data{};
    std::optional<std::string> request_by{};  // "value" or "reference"; unsaid, see choose_request_by
  };
  struct Created {
    std::string request_id, client_id;
    std::string request_uri, wallet_link;  // empty when a browser carries the request; the first also by value
    Instant expires_at;
    std::string session_secret;  // for the browser session that started this, and nobody else
    std::string pairing_code;    // cross device: for its page; empty otherwise
    std::optional<oid4vp::DcApiRequest> dc_api;
  };
  // Errors: partner_not_found, claim_not_registered, request_malformed (the query, the mode, the transactions, how it
  // is to travel, a kind of name that the operator allows no more), jwt_expired (the registration).
  // `planned`: told what is going to be returned before it is kept (PlannedAnswer).
  Result<Created> create(std::string_view partner_id, const Question& question,
                         const std::function<void(const Created&)>& planned = {});

  // What a wallet says when it fetches a request with POST.
  struct Fetch {
    std::optional<std::string> wallet_nonce{};
    std::optional<oid4vp::WalletMetadata> metadata{};
  };
  // The signed request object, encrypted for a wallet that asks for it; again for each fetch until it is answered.
  // Errors: request_not_found (also of one by value), request_malformed (the wallet says that it could not answer this
  // request).
  Result<std::string> request_object(std::string_view request_id, Fetch fetch);

  // The wallet's POST. Returns where the wallet's browser goes next: nowhere, when the one that asked is on another
  // device. Errors: those of oid4vp::receive_response, oid4vp_transaction_unknown, _expired, _consumed,
  // pairing_code_wrong, pairing_code_locked.
  Result<std::optional<std::string>> receive(std::string_view request_id, std::string_view form_body);
  // The same at the one address of a partner that has one: the answer says by its key, or its state, to which request.
  Result<std::optional<std::string>> receive_at_partner(std::string_view partner_id, std::string_view form_body);

  // What the partner's page got from the browser: `data` of the DigitalCredential, or what stood behind the "#" of its
  // address. Only from the session that asked. Errors: request_not_found (also: of a request of another mode),
  // oid4vp_session_mismatch, those of receive().
  using PageAnswer = std::variant<json::Object, std::string>;
  Status receive_from_page(std::string_view partner_id, std::string_view request_id, const SessionSecret& secret,
                           const PageAnswer& answer);

  // waiting, locked, answered, refused, expired, delivered. Errors: request_not_found (also: of another partner).
  Result<std::string> state(std::string_view partner_id, std::string_view request_id);
  // The link of create(), again while the request waits. Errors: request_not_found.
  Result<std::string> wallet_link(std::string_view partner_id, std::string_view request_id);
  // What the partner's session brings: the secret it was given, and the response_code that came back with the browser
  // (same device only).
  struct Claim {
    SessionSecret secret;
    std::optional<std::string> response_code;
  };
  // The verified claims, once: {"claims","verified_at","consent_receipt","presentation_channel","transaction_data"?},
  // the last with {"approval_id","credential_id","sha256"} for each. A claim that does not fit leaves everything as it
  // was. Errors: request_not_found, result_not_ready, pairing_code_locked, oid4vp_session_mismatch,
  // oid4vp_response_code_wrong, request_malformed (a response_code is missing, or came where there is none),
  // result_already_given, request_refused_by_holder. `planned`: as of create().
  Result<json::Object> result(std::string_view partner_id, std::string_view request_id, const Claim& claim,
                              const std::function<void(const json::Object&)>& planned = {});

  // Errors: not_found.
  Result<std::string> receipt(std::string_view consent_hash);

  Status purge_expired();

 private:
  std::string request_uri(std::string_view request_id) const;
  std::string response_uri(std::string_view request_id) const;
  Result<presentation_store::RequestRow> find(std::string_view request_id);
  using AnswerReader = std::function<Result<oid4vp::ReceivedResponse>(const oid4vp::ExpectedResponse&,
                                                                      const oid4vp::ResponsePolicy&, Instant now)>;
  std::string answer_address(const presentation_store::RequestRow& row, const Partner& partner) const;
  // Under which name it asks with this request.
  std::string client_id_of(const presentation_store::RequestRow& row, const Partner& partner) const;
  Result<oid4vp::RequestParameters> parameters_of(const presentation_store::RequestRow& row, const Partner& partner);
  Result<std::string> link_of(const presentation_store::RequestRow& row, const Partner& partner);
  Result<std::string> audience_of(const presentation_store::RequestRow& row, const Partner& partner) const;
  // `posted_to`: where the wallet posted it; a page hands in without one.
  Result<std::optional<std::string>> take_answer(const presentation_store::RequestRow& row,
                                                 const std::optional<std::string>& posted_to, const AnswerReader& read);
  Result<std::optional<std::string>> receive_posted(std::string_view request_id, const std::string& posted_to,
                                                    std::string_view form_body);
  Status check_pairing_code(const presentation_store::RequestRow& row, const std::optional<std::string>& code);
  database::Database& database_;
  PartnerService& partners_;
  StatusCheck& status_;
  const CardIssuers& issuers_;
  Trust& trust_;
  metrics::Metrics& metrics_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
  Allowed allowed_;
};

}  // namespace mibun::server
