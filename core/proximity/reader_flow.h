#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/crypto/public_key.h"
#include "core/crypto/trusted_issuers.h"
#include "core/mdoc/age_over.h"
#include "core/mdoc/device_engagement.h"
#include "core/mdoc/items_request.h"
#include "core/mdoc/verifier.h"
#include "core/proximity/steps.h"
#include "core/status_list/status_token.h"

// The reader's side of one meeting (ISO/IEC 18013-5, 6.3.2): QR code, session, request, verified answer, end.
namespace mibun::proximity {

// What is asked of one document. Each doctype once.
struct DocumentQuestion {
  std::string doc_type;
  std::vector<mdoc::RequestedNameSpace> name_spaces;
};

// Who asks. A holder may refuse readers that do not say.
struct AnonymousReader {};
struct ReaderIdentity {
  const crypto::Signer& signer;
  std::vector<Bytes> chain;       // DER, leaf first, without the anchor; purpose mdoc_reader
  std::string registration = {};  // what a registrar says of this reader, see kRegistrationInfo; empty: nobody does
};

// A document that has a status which no list at hand knows.
enum class WithoutStatus { refuse, accept_and_say };

struct ReaderPolicy {
  const crypto::TrustedIssuers& issuers;  // of the purpose mdoc_document_signer
  std::variant<AnonymousReader, ReaderIdentity> identity;
  std::span<const status_list::VerifiedStatusList> status_lists;
  WithoutStatus without_status;
};

struct Scanned {
  std::string text;  // "mdoc:..."
};
using ReaderEvent = std::variant<Scanned, MessageArrived, ConnectionLost, TimePassed>;

enum class DocumentStatus {
  valid,        // by a list at hand
  has_none,     // the issuer gave it no status
  not_checked,  // no list at hand: only where the policy accepts that
};

// What a verified document says to one element of the question.
struct ElementAnswer {
  std::string name_space, identifier;  // as asked
  std::optional<BytesView> value;      // one CBOR item; none: not returned
  std::optional<mdoc::AgeAnswer> age;  // for age_over_NN: what all attestations returned say about NN together
};
struct DocumentAnswer {
  const mdoc::VerifiedDocument* document = nullptr;
  DocumentStatus status = DocumentStatus::has_none;
  std::vector<ElementAnswer> elements;  // of the question, in its order; what was not asked for is not here
};

// Only ReaderFlow makes one. Views are good as long as it lives.
class VerifiedAnswer {
 public:
  const std::vector<DocumentAnswer>& documents() const { return documents_; }  // at least one
  const mdoc::VerifiedDeviceResponse& response() const { return response_; }

 private:
  friend class ReaderFlow;
  explicit VerifiedAnswer(mdoc::VerifiedDeviceResponse response) : response_(std::move(response)) {}
  mdoc::VerifiedDeviceResponse response_;
  std::vector<DocumentAnswer> documents_;
};

enum class ReaderOutcome {
  answered,
  withheld,  // refused by the holder, or no such card: nobody can tell
  failed,    // `why`
};
struct ReaderFinished {
  ReaderOutcome outcome = ReaderOutcome::failed;
  std::optional<VerifiedAnswer> answer;
  std::optional<Bytes> farewell;  // to send before hanging up
  std::optional<Error> why;
};
using ReaderStep = std::variant<AwaitMessage, SendMessage, ReaderFinished>;

// Without I/O, as HolderFlow. One object asks one device once, with a key of its own; nothing is taken after the end.
class ReaderFlow {
 public:
  // Errors: certificate_wrong_purpose (the policy's anchors), mdoc_request_malformed (nothing asked, a doctype twice),
  // those of ItemsRequest::make.
  static Result<ReaderFlow> make(const ReaderPolicy& policy, std::vector<DocumentQuestion> questions);
  ~ReaderFlow();
  ReaderFlow(ReaderFlow&&) noexcept;

  // Scanned -> SendMessage -> MessageArrived -> ReaderFinished. What the device answers wrongly ends the flow
  // (ReaderFinished::why): mdoc_session_*, those of verify_device_response, mdoc_too_many_documents (the same document
  // twice), mdoc_age_attestations_contradict, status_* (revoked, suspended, no list at hand), wallet_connection_lost.
  // Errors: invalid_argument (an event that does not belong here), mdoc_session_ended (after the end); at Scanned
  // those of DeviceEngagement::parse_text and of the signer, and the flow is over.
  Result<ReaderStep> advance(const ReaderEvent& event, Instant now);

  // After Scanned: where to find the device. nullptr before.
  const mdoc::DeviceEngagement* engagement() const;

 private:
  struct State;
  explicit ReaderFlow(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mibun::proximity
