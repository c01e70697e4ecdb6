#include "core/proximity/holder_flow.h"

#include <algorithm>
#include <utility>

#include "core/mdoc/device_request.h"
#include "core/mdoc/reader_auth.h"
#include "core/mdoc/session.h"
#include "core/proximity/limits.h"

namespace mibun::proximity {
namespace {

enum class Stage { shown, connected, asking, answered, over };

// Table 8: the reader's request was not CBOR, or not a request.
constexpr std::uint64_t kDecodingError = 11, kValidationError = 12;

bool is_cbor_error(ErrorCode code) {
  return to_string(code).starts_with("cbor_") || code == ErrorCode::utf8_malformed;
}

std::unexpected<Error> out_of_turn() {
  return fail(ErrorCode::invalid_argument, "event", "this event does not belong to this stage of the flow");
}

// A request as it stands after reader authentication was looked at.
struct SeenRequest {
  std::optional<crypto::Certificate> reader;
  std::vector<mdoc::ItemsRequest> items;
};

// No reader authentication, or one of somebody unknown, or whose certificate may have been revoked by now: nobody knows
// who asks.
bool is_unknown(ErrorCode code) {
  return code == ErrorCode::mdoc_reader_auth_missing || code == ErrorCode::certificate_untrusted ||
         code == ErrorCode::certificate_revocation_unknown;
}

std::unexpected<Error> untrusted(std::string why) {
  return fail(ErrorCode::wallet_reader_untrusted, "readerAuth", std::move(why));
}

Result<SeenRequest> look_at_reader(const mdoc::DeviceRequest& request, const mdoc::ReaderAuthPolicy& policy,
                                   UnknownReaders unknown_readers) {
  SeenRequest seen;
  bool all_verified = true;
  for (const mdoc::DocRequest& document : request.doc_requests()) {
    const auto verified = mdoc::verify_reader_auth(document, policy);
    if (!verified && !is_unknown(verified.error().code)) return std::unexpected(verified.error());
    all_verified = all_verified && verified.has_value();
    if (!verified) {
      seen.items.push_back(mdoc::ignore_reader_auth(document).items());
      continue;
    }
    if (seen.reader && seen.reader->sha256() != verified->reader().sha256()) {
      return fail(ErrorCode::mdoc_request_malformed, "readerAuth", "two readers in one request");
    }
    seen.reader = verified->reader();
    seen.items.push_back(verified->items());
  }
  if (!all_verified) seen.reader.reset();  // one signed part does not vouch for the others
  if (!seen.reader && unknown_readers == UnknownReaders::refuse) {
    return untrusted("nobody we trust vouches for this reader");
  }
  return seen;
}

struct Candidate {
  std::size_t place = 0;
  mdoc::RequestMatch match;
};

// The document that answers most; the holder's order decides between equals. Errors: those of match_request.
Result<std::optional<Candidate>> best_document(const mdoc::ItemsRequest& items,
                                               const std::vector<const mdoc::HeldMdoc*>& documents) {
  std::optional<Candidate> best;
  for (std::size_t place = 0; place < documents.size(); ++place) {
    const mdoc::HeldMdoc& held = *documents[place];
    if (held.doc_type() != items.doc_type()) continue;
    const auto elements = mdoc::held_elements(held.name_spaces());
    MIBUN_TRY(mdoc::RequestMatch match, mdoc::match_request(items, {held.doc_type(), elements}));
    if (match.released.empty()) continue;
    if (best && best->match.released.size() >= match.released.size()) continue;
    best = Candidate{place, std::move(match)};
  }
  return best;
}

AskedDocument as_asked(Candidate candidate, const mdoc::HeldMdoc& held) {
  AskedDocument asked{.document = candidate.place,
                      .doc_type = std::string(held.doc_type()),
                      .elements = {},
                      .missing = std::move(candidate.match.missing)};
  for (mdoc::ReleasedElement& element : candidate.match.released) {
    const auto* item = held.issuer_signed().find(element.name_space, element.identifier);
    MIBUN_INVARIANT(item != nullptr);
    asked.elements.push_back({.name_space = std::move(element.name_space),
                              .identifier = std::move(element.identifier),
                              .requested_identifier = std::move(element.requested_identifier),
                              .intent_to_retain = element.intent_to_retain,
                              .value = to_bytes(item->value)});
  }
  return asked;
}

}  // namespace

struct HolderFlow::State {
  State(const DocumentBox& documents_, const HolderPolicy& policy_, std::vector<mdoc::RetrievalMethod> ways,
        Instant now)
      : box(documents_),
        policy(policy_),
        hello(mdoc::DeviceEngagement::make(mdoc::EphemeralKey(key.public_key()),
                                           {.retrieval_methods = std::move(ways), .web_api = {}, .oidc = {}})),
        engagement(hello.engagement()),
        ends_at(now + kSessionTime),
        waits_until(ends_at) {}

  AwaitMessage wait(Instant until) {
    waits_until = std::min(until, ends_at);
    return AwaitMessage{waits_until};
  }
  HolderFinished finish(HolderOutcome outcome, std::optional<Bytes> farewell, std::optional<Error> why);
  HolderFinished hang_up(Error why);
  HolderFinished lost(std::string where);
  HolderStep on_request_message(const Bytes& message, Instant now);
  HolderStep on_request(BytesView encoded, Instant now);
  HolderFinished refuse_request(const Error& error);
  Result<bool> is_registered(const SeenRequest& seen, Instant now) const;
  Result<AskHolder> question(const mdoc::DeviceRequest& request, Instant now);
  HolderStep on_later_message(const Bytes& message);
  Result<HolderStep> agree(Instant now);
  HolderFinished refuse();
  Result<Bytes> make_response() const;
  std::vector<mdoc::WithheldDocument> withheld_documents() const;

  const DocumentBox& box;
  HolderPolicy policy;
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  mdoc::DeviceHello hello;
  mdoc::DeviceEngagement engagement;
  Instant ends_at, waits_until;
  Stage stage = Stage::shown;
  std::optional<mdoc::DeviceSession> session;
  std::vector<const mdoc::HeldMdoc*> documents;
  std::vector<std::string> asked_types;
  AskHolder asked;
};

HolderFinished HolderFlow::State::finish(HolderOutcome outcome, std::optional<Bytes> farewell,
                                         std::optional<Error> why) {
  stage = Stage::over;
  return {.outcome = outcome, .farewell = std::move(farewell), .why = std::move(why)};
}

// Our end of the conversation, when there is one.
HolderFinished HolderFlow::State::hang_up(Error why) {
  const HolderOutcome outcome = stage == Stage::answered ? HolderOutcome::unconfirmed : HolderOutcome::failed;
  std::optional<Bytes> farewell;
  if (session && !session->is_over()) farewell = session->terminate();
  return finish(outcome, std::move(farewell), std::move(why));
}

HolderFinished HolderFlow::State::lost(std::string where) {
  return hang_up({ErrorCode::wallet_connection_lost, std::move(where), {}});
}

HolderStep HolderFlow::State::on_request_message(const Bytes& message, Instant now) {
  auto established = std::move(hello).receive(message, key, mdoc::QrHandover{});
  if (!established) {
    const Error& error = established.error();
    return finish(HolderOutcome::failed, mdoc::encode_session_status(mdoc::status_for(error.code)), error);
  }
  session.emplace(std::move(established->session));
  return on_request(established->request, now);
}

HolderStep HolderFlow::State::on_request(BytesView encoded, Instant now) {
  const auto request = mdoc::DeviceRequest::parse(encoded);
  if (!request) return refuse_request(request.error());
  auto ask = question(*request, now);
  if (!ask) return refuse_request(ask.error());
  asked = std::move(*ask);
  stage = Stage::asking;
  return asked;
}

// What is wrong with the request itself is said as ISO/IEC 18013-5, table 8 has it; about the reader nothing is said.
HolderFinished HolderFlow::State::refuse_request(const Error& error) {
  const bool of_request = is_cbor_error(error.code) || to_string(error.code).starts_with("mdoc_request_");
  if (!of_request) return hang_up(error);
  const std::uint64_t status = is_cbor_error(error.code) ? kDecodingError : kValidationError;
  auto farewell = session->seal_last(mdoc::make_error_response(status));
  if (!farewell) return hang_up(error);
  return finish(HolderOutcome::failed, std::move(*farewell), error);
}

Result<bool> HolderFlow::State::is_registered(const SeenRequest& seen, Instant now) const {
  if (!seen.reader) return false;
  MIBUN_TRY(const auto standing, policy.registrations.check(*seen.reader, seen.items, now));
  const bool registered = standing == ReaderRegister::Standing::registered;
  if (!registered && policy.unknown_readers == UnknownReaders::refuse) {
    return untrusted("nobody we trust says what this reader may ask");
  }
  return registered;
}

Result<AskHolder> HolderFlow::State::question(const mdoc::DeviceRequest& request, Instant now) {
  MIBUN_TRY(SeenRequest seen,
            look_at_reader(request, {.transcript = session->transcript(), .anchors = policy.readers, .now = now},
                           policy.unknown_readers));
  MIBUN_TRY(const bool registered, is_registered(seen, now));
  AskHolder ask{.reader = std::move(seen.reader),
                .is_registered = registered,
                .documents = {},
                .withheld = {},
                .until = ends_at,
                .request = to_bytes(request.encoded()),
                .session_transcript = to_bytes(session->transcript().encoded())};
  documents = box.documents();
  for (const mdoc::ItemsRequest& items : seen.items) {
    if (std::ranges::find(asked_types, items.doc_type()) != asked_types.end()) {
      return fail(ErrorCode::mdoc_request_malformed, "docRequests", "the same document is asked for twice");
    }
    asked_types.push_back(items.doc_type());
    MIBUN_CHECK(mdoc::check_age_requests(items));  // also where no such document is held
    MIBUN_TRY(auto found, best_document(items, documents));
    if (found) {
      const mdoc::HeldMdoc& held = *documents[found->place];
      ask.documents.push_back(as_asked(std::move(*found), held));
    } else {
      ask.withheld.push_back(items.doc_type());
    }
  }
  return ask;
}

// While the holder reads, and after the answer: only the end can come.
HolderStep HolderFlow::State::on_later_message(const Bytes& message) {
  const bool answered = stage == Stage::answered;
  const auto received = session->open(message);
  if (received && !std::holds_alternative<mdoc::Message>(*received)) {
    const auto* end = std::get_if<mdoc::Ended>(&*received);
    const bool went_well = end != nullptr && end->status == mdoc::SessionStatus::termination;
    if (answered && went_well) return finish(HolderOutcome::shared, std::nullopt, std::nullopt);
    const Error why{ErrorCode::mdoc_session_ended, "reader", "the reader ended the session"};
    return finish(answered ? HolderOutcome::unconfirmed : HolderOutcome::ended_by_reader, std::nullopt, why);
  }
  // A second question needs a second QR code; whoever asks one has read the first answer.
  if (received && answered) return finish(HolderOutcome::shared, session->terminate(), std::nullopt);
  if (received) return hang_up({ErrorCode::mdoc_session_message_malformed, "reader", "a message out of turn"});
  const HolderOutcome outcome = answered ? HolderOutcome::unconfirmed : HolderOutcome::failed;
  return finish(outcome, mdoc::encode_session_status(mdoc::status_for(received.error().code)), received.error());
}

std::vector<mdoc::WithheldDocument> HolderFlow::State::withheld_documents() const {
  std::vector<mdoc::WithheldDocument> withheld;
  for (const std::string& doc_type : asked.withheld) withheld.push_back({doc_type, 0});
  return withheld;
}

Result<Bytes> HolderFlow::State::make_response() const {
  std::vector<Bytes> made;
  for (const AskedDocument& document : asked.documents) {
    MIBUN_TRY(const crypto::P256Signer* signer, box.signer(document.document));
    std::vector<mdoc::ElementName> selected;
    for (const AskedElement& element : document.elements) selected.push_back({element.name_space, element.identifier});
    MIBUN_TRY(Bytes one,
              documents[document.document]->document(selected, session->transcript(), mdoc::SignWith{*signer}));
    made.push_back(std::move(one));
  }
  return mdoc::make_device_response(made, withheld_documents());
}

Result<HolderStep> HolderFlow::State::agree(Instant now) {
  if (asked.documents.empty()) return fail(ErrorCode::wallet_no_matching_card, "documents");
  stage = Stage::over;  // whatever fails from here on is not tried again
  MIBUN_TRY(const Bytes response, make_response());
  MIBUN_TRY(Bytes message, session->seal(response));
  stage = Stage::answered;
  return SendMessage{std::move(message), wait(now + kConfirmationTime).until};
}

// The same bytes as when there is no such card: all documents withheld, no reason given.
HolderFinished HolderFlow::State::refuse() {
  std::vector<mdoc::WithheldDocument> withheld;
  for (const std::string& doc_type : asked_types) withheld.push_back({doc_type, 0});
  auto farewell = session->seal_last(mdoc::make_device_response({}, withheld));
  if (!farewell) return hang_up(farewell.error());
  return finish(HolderOutcome::refused, std::move(*farewell), std::nullopt);
}

HolderFlow::HolderFlow(std::unique_ptr<State> state) : state_(std::move(state)) {}
HolderFlow::~HolderFlow() = default;
HolderFlow::HolderFlow(HolderFlow&&) noexcept = default;

Result<HolderFlow> HolderFlow::make(const DocumentBox& documents, const HolderPolicy& policy,
                                    std::vector<mdoc::RetrievalMethod> ways, Instant now) {
  MIBUN_CHECK(policy.readers.check_purpose(crypto::CertificatePurpose::mdoc_reader));
  return HolderFlow(std::make_unique<State>(documents, policy, std::move(ways), now));
}

const mdoc::DeviceEngagement& HolderFlow::engagement() const {
  return state_->engagement;
}

Instant HolderFlow::ends_at() const {
  return state_->ends_at;
}

Result<HolderStep> HolderFlow::advance(const HolderEvent& event, Instant now) {
  const Stage stage = state_->stage;
  if (stage == Stage::over) return fail(ErrorCode::mdoc_session_ended, "flow");
  if (std::holds_alternative<ConnectionLost>(event)) return state_->lost("closed");
  if (now >= state_->ends_at || (stage != Stage::asking && now >= state_->waits_until)) return state_->lost("time");
  if (std::holds_alternative<TimePassed>(event)) return AwaitMessage{state_->waits_until};
  if (stage == Stage::shown && std::holds_alternative<Connected>(event)) {
    state_->stage = Stage::connected;
    return state_->wait(now + kFirstMessageTime);
  }
  if (stage == Stage::asking && std::holds_alternative<Agreed>(event)) return state_->agree(now);
  if (stage == Stage::asking && std::holds_alternative<Refused>(event)) return state_->refuse();
  const auto* arrived = std::get_if<MessageArrived>(&event);
  if (arrived == nullptr || stage == Stage::shown) return out_of_turn();
  if (stage == Stage::connected) return state_->on_request_message(arrived->message, now);
  return state_->on_later_message(arrived->message);
}

}  // namespace mibun::proximity
