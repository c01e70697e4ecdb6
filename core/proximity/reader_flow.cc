#include "core/proximity/reader_flow.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/mdoc/device_request.h"
#include "core/mdoc/reader_auth.h"
#include "core/mdoc/request_info.h"
#include "core/mdoc/request_match.h"
#include "core/mdoc/session.h"
#include "core/proximity/limits.h"

namespace mibun::proximity {
namespace {

enum class Stage { idle, asked, over };

Result<DocumentStatus> check_status(const mdoc::VerifiedDocument& document, const ReaderPolicy& policy, Instant now) {
  const auto& status = document.status();
  if (!status) return DocumentStatus::has_none;
  if (status->status_list) {
    const status_list::StatusReference reference{
        .uri = std::string(status->status_list->uri), .index = status->status_list->index, .issuer = {}};
    for (const status_list::VerifiedStatusList& list : policy.status_lists) {
      if (list.uri() != reference.uri) continue;
      if (list.expires_at() && now >= *list.expires_at()) continue;  // as good as none
      MIBUN_CHECK(list.check(reference));
      return DocumentStatus::valid;
    }
  }
  if (policy.without_status == WithoutStatus::accept_and_say) return DocumentStatus::not_checked;
  return fail(ErrorCode::status_list_unavailable, "status", "no current list at hand has this document");
}

Result<ElementAnswer> answer_element(const mdoc::VerifiedDocument& document, const std::string& name_space,
                                     const std::string& identifier) {
  ElementAnswer answer{.name_space = name_space, .identifier = identifier, .value = {}, .age = {}};
  if (const auto* item = document.find(name_space, identifier)) answer.value = item->value;
  const auto age = mdoc::AgeOver::parse(identifier);
  if (!age || !mdoc::has_age_attestations(name_space)) return answer;
  const auto given = mdoc::age_attestations(document.name_spaces(), name_space);
  MIBUN_TRY(answer.age, mdoc::age_answer(*age, given));
  return answer;
}

Result<DocumentAnswer> answer_document(const mdoc::VerifiedDocument& document, const mdoc::ItemsRequest& question,
                                       const ReaderPolicy& policy, Instant now) {
  DocumentAnswer answer{.document = &document, .status = {}, .elements = {}};
  MIBUN_TRY(answer.status, check_status(document, policy, now));
  for (const mdoc::RequestedNameSpace& name_space : question.name_spaces()) {
    for (const mdoc::RequestedElement& element : name_space.elements) {
      MIBUN_TRY(ElementAnswer one, answer_element(document, name_space.name, element.identifier));
      answer.elements.push_back(std::move(one));
    }
  }
  return answer;
}

}  // namespace

struct ReaderFlow::State {
  explicit State(const ReaderPolicy& policy_) : policy(policy_) {}

  Result<ReaderStep> scan(const Scanned& event, Instant now);
  Result<Bytes> make_request(const mdoc::SessionTranscript& transcript) const;
  ReaderFinished finish(ReaderOutcome outcome, std::optional<Error> why);
  ReaderFinished on_message(const Bytes& message, Instant now);
  ReaderFinished on_response(Bytes response, Instant now);
  Result<VerifiedAnswer> verify(Bytes response, Instant now) const;

  ReaderPolicy policy;
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  std::vector<mdoc::ItemsRequest> questions;
  Stage stage = Stage::idle;
  Instant ends_at;
  std::optional<mdoc::DeviceEngagement> engagement;
  std::optional<mdoc::ReaderSession> session;
};

Result<Bytes> ReaderFlow::State::make_request(const mdoc::SessionTranscript& transcript) const {
  std::vector<mdoc::DocRequest> documents;
  for (const mdoc::ItemsRequest& items : questions) {
    std::optional<Bytes> reader_auth;
    if (const auto* identity = std::get_if<ReaderIdentity>(&policy.identity)) {
      MIBUN_TRY(reader_auth, mdoc::sign_reader_auth(items, transcript, identity->signer, identity->chain));
    }
    documents.emplace_back(items, std::move(reader_auth));
  }
  MIBUN_TRY(const auto request, mdoc::DeviceRequest::make(std::move(documents)));
  return to_bytes(request.encoded());
}

Result<ReaderStep> ReaderFlow::State::scan(const Scanned& event, Instant now) {
  stage = Stage::over;  // whatever fails from here on is not tried again
  MIBUN_TRY(engagement, mdoc::DeviceEngagement::parse_text(event.text));
  MIBUN_TRY(auto hello, mdoc::ReaderHello::make(*engagement, key, mdoc::QrHandover{}));
  MIBUN_TRY(const Bytes request, make_request(hello.transcript()));
  MIBUN_TRY(auto established, std::move(hello).establish(request));
  session.emplace(std::move(established.session));
  stage = Stage::asked;
  ends_at = now + kSessionTime;
  return SendMessage{std::move(established.message), ends_at};
}

ReaderFinished ReaderFlow::State::finish(ReaderOutcome outcome, std::optional<Error> why) {
  stage = Stage::over;
  ReaderFinished finished{.outcome = outcome, .answer = {}, .farewell = {}, .why = std::move(why)};
  if (session && !session->is_over()) finished.farewell = session->terminate();
  return finished;
}

ReaderFinished ReaderFlow::State::on_message(const Bytes& message, Instant now) {
  auto received = session->open(message);
  if (!received) {
    ReaderFinished finished = finish(ReaderOutcome::failed, received.error());
    finished.farewell = mdoc::encode_session_status(mdoc::status_for(received.error().code));
    return finished;
  }
  if (auto* more = std::get_if<mdoc::Message>(&*received)) return on_response(std::move(more->plaintext), now);
  if (auto* last = std::get_if<mdoc::LastMessage>(&*received)) return on_response(std::move(last->plaintext), now);
  return finish(ReaderOutcome::failed, Error{ErrorCode::mdoc_session_ended, "device", "the device ended the session"});
}

ReaderFinished ReaderFlow::State::on_response(Bytes response, Instant now) {
  auto answer = verify(std::move(response), now);
  if (!answer) {
    const bool withheld = answer.error().code == ErrorCode::mdoc_no_documents;
    return finish(withheld ? ReaderOutcome::withheld : ReaderOutcome::failed, answer.error());
  }
  ReaderFinished finished = finish(ReaderOutcome::answered, std::nullopt);
  finished.answer = std::move(*answer);
  return finished;
}

Result<VerifiedAnswer> ReaderFlow::State::verify(Bytes response, Instant now) const {
  mdoc::VerifierPolicy rules{.issuer = {.anchors = policy.issuers.anchors(), .doc_types = {}},
                             .device_auth = mdoc::SignatureOrMac{key},
                             .documents_max = questions.size()};
  for (const mdoc::ItemsRequest& question : questions) rules.issuer.doc_types.push_back(question.doc_type());
  MIBUN_TRY(auto verified, mdoc::verify_device_response(std::move(response), rules, session->transcript(), now));
  VerifiedAnswer answer(std::move(verified));
  for (const mdoc::ItemsRequest& question : questions) {
    const auto is_asked = [&](const mdoc::VerifiedDocument& one) { return one.doc_type() == question.doc_type(); };
    const auto& documents = answer.response_.documents();
    const auto found = std::ranges::find_if(documents, is_asked);
    if (found == documents.end()) continue;
    if (std::ranges::count_if(documents, is_asked) > 1) {
      return fail(ErrorCode::mdoc_too_many_documents, question.doc_type(), "the same document twice");
    }
    MIBUN_CHECK(policy.issuers.find(std::array{question.doc_type()},
                                    found->document().issuer_signed.issuer_auth.unverified_headers().x5chain, now));
    MIBUN_TRY(DocumentAnswer one, answer_document(*found, question, policy, now));
    answer.documents_.push_back(std::move(one));
  }
  return answer;
}

ReaderFlow::ReaderFlow(std::unique_ptr<State> state) : state_(std::move(state)) {}
ReaderFlow::~ReaderFlow() = default;
ReaderFlow::ReaderFlow(ReaderFlow&&) noexcept = default;

Result<ReaderFlow> ReaderFlow::make(const ReaderPolicy& policy, std::vector<DocumentQuestion> questions) {
  MIBUN_CHECK(policy.issuers.anchors().check_purpose(crypto::CertificatePurpose::mdoc_document_signer));
  if (questions.empty()) return fail(ErrorCode::mdoc_request_malformed, "questions", "nothing is asked");
  auto state = std::make_unique<State>(policy);
  std::optional<Bytes> info;
  if (const auto* identity = std::get_if<ReaderIdentity>(&policy.identity); identity && !identity->registration.empty())
    info = mdoc::make_request_info(kRegistrationInfo, identity->registration);
  for (const DocumentQuestion& question : questions) {
    const auto same = [&](const mdoc::ItemsRequest& other) { return other.doc_type() == question.doc_type; };
    if (std::ranges::any_of(state->questions, same)) {
      return fail(ErrorCode::mdoc_request_malformed, question.doc_type, "asked for twice");
    }
    MIBUN_TRY(auto items, mdoc::ItemsRequest::make(question.doc_type, question.name_spaces, info));
    state->questions.push_back(std::move(items));
  }
  return ReaderFlow(std::move(state));
}

Result<ReaderStep> ReaderFlow::advance(const ReaderEvent& event, Instant now) {
  if (state_->stage == Stage::over) return fail(ErrorCode::mdoc_session_ended, "flow");
  const auto* scanned = std::get_if<Scanned>(&event);
  if (state_->stage == Stage::idle) {
    if (scanned != nullptr) return state_->scan(*scanned, now);
    return fail(ErrorCode::invalid_argument, "event", "there is no session yet");
  }
  if (scanned != nullptr) return fail(ErrorCode::invalid_argument, "event", "one device for one flow");
  const bool late = now >= state_->ends_at;
  if (late || std::holds_alternative<ConnectionLost>(event)) {
    return state_->finish(ReaderOutcome::failed,
                          Error{ErrorCode::wallet_connection_lost, late ? "time" : "closed", {}});
  }
  if (const auto* arrived = std::get_if<MessageArrived>(&event)) return state_->on_message(arrived->message, now);
  return AwaitMessage{state_->ends_at};
}

const mdoc::DeviceEngagement* ReaderFlow::engagement() const {
  return state_->engagement ? &*state_->engagement : nullptr;
}

}  // namespace mibun::proximity
