#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/receipt/receipt.h"
#include "platform/database/database.h"
#include "server/partners/service.h"
#include "server/trust/card_issuers.h"
#include "server/trust/trust.h"

namespace mibun::server {

// A person's word to a partner: delete what I shared. The gateway does not know who shared, and must not learn it here:
// the consent receipt, which only the wallet and the partner have, is the proof (docs/decisions/0038).
class DeletionRequestService {
 public:
  // Who signs receipts, and whose cards they are about.
  struct Signers {
    const Trust& trust;
    const CardIssuers& issuers;
  };
  DeletionRequestService(database::Database& database, PartnerService& partners, const Signers& signers,
                         const Clock& clock, Rng& rng)
      : database_(database), partners_(partners), signers_(signers), clock_(clock), rng_(rng) {}

  // sent: the partner has not fetched it. overdue: not done when it was due.
  enum class State { sent, received, done, overdue };
  struct Request {
    std::string deletion_id, receipt_id, consent_hash;
    Instant shared_at, asked_at, due_at;
    std::optional<Instant> received_at, done_at;
    State state_at(Instant now) const;
  };

  // `receipt`: of a consent, signed here. `secret`: made by the wallet; the same one again is answered as the first
  // time. Errors: request_malformed (the receipt is not good, or of another kind), partner_not_found,
  // deletion_request_exists (asked for with another secret).
  Result<Request> ask(std::string_view receipt, std::string_view secret);
  // Errors: deletion_request_not_found (also: another secret).
  Result<Request> find(std::string_view deletion_id, std::string_view secret);

  // The partner's own, oldest first, at most 1,000: those that are not done, and then those that are.
  Result<std::vector<Request>> list(std::string_view partner_id);
  // What the partner says of it. Done is never taken back. Errors: deletion_request_not_found (also: another
  // partner's).
  enum class Answer { received, done };
  Result<Request> answer(std::string_view partner_id, std::string_view deletion_id, Answer answer);

  // Those that were done a year ago.
  Status purge_expired();

 private:
  Result<receipt::ConsentReceipt> check(std::string_view text) const;
  database::Database& database_;
  PartnerService& partners_;
  Signers signers_;
  const Clock& clock_;
  Rng& rng_;
};
std::string_view to_string(DeletionRequestService::State state);

}  // namespace mibun::server
