#include "wallet/proximity.h"

#include "core/codecs/json.h"
#include "core/dcql/query.h"
#include "core/oid4vp/request.h"
#include "wallet/profile.h"

namespace mibun::wallet {
namespace {

using oid4vp::client_id_of;
using proximity::HolderOutcome;
using proximity::HolderStep;

Label name_of(const RegisteredReaders& readers) {
  if (const auto& registration = readers.registration()) {
    return {registration->organization.ja, registration->organization.en};
  }
  const crypto::Certificate& reader = *readers.reader();
  const std::string& name = reader.organization().empty() ? reader.common_name() : reader.organization();
  return {name, name};
}

// ["name space","element"], as the history keeps claims paths.
std::string path_text(const proximity::AskedElement& element) {
  const json::Array path{json::Value(element.name_space), json::Value(element.identifier)};
  return json::serialize(json::Value(path));
}

std::string kind_of(HolderOutcome outcome) {
  switch (outcome) {
    case HolderOutcome::shared:
      return "shared";
    case HolderOutcome::unconfirmed:
      return "uncertain";
    case HolderOutcome::refused:
    case HolderOutcome::ended_by_reader:
      return "refused";
    case HolderOutcome::failed:
      return "failed";
  }
  return "failed";
}

std::string outcome_of(const Met& met) {
  if (met.outcome == HolderOutcome::shared) return "shared";
  if (met.nothing_matches) return "nothing_matches";
  if (met.outcome == HolderOutcome::refused) return "stopped";
  if (met.outcome == HolderOutcome::ended_by_reader) return "ended_by_reader";
  return met.why ? std::string(to_string(met.why->code)) : "failed";
}

}  // namespace

SpendingDocumentBox::SpendingDocumentBox(SpendingCardBox box) : box_(std::move(box)) {
  const auto cards = box_.cards();
  for (std::size_t place = 0; place < cards.size(); ++place) {
    if (cards[place]->mdoc() != nullptr) places_.push_back(place);
  }
}

std::vector<const mdoc::HeldMdoc*> SpendingDocumentBox::documents() const {
  std::vector<const mdoc::HeldMdoc*> documents;
  for (const std::size_t place : places_) documents.push_back(box_.cards()[place]->mdoc());
  return documents;
}

Result<const crypto::P256Signer*> SpendingDocumentBox::signer(std::size_t place) const {
  MIBUN_TRY(const auto signer, box_.signer(*box_.cards()[places_.at(place)]));
  return signer.get();  // the key store owns it
}

Meeting::Meeting(const Host& host, TrustList trust)
    : host_(host), trust_(std::move(trust)), cards_(host.store, host.keys), registrations_(trust_.registrars) {}

Result<std::unique_ptr<Meeting>> Meeting::prepare(const Host& host, std::vector<mdoc::RetrievalMethod> ways,
                                                  proximity::UnknownReaders unknown_readers) {
  MIBUN_TRY(const Profile profile, load_profile(host.store));
  // Whatever goes wrong here, the lists at hand must do; when those have run out, no reader is known.
  static_cast<void>(refresh_trust(host, profile.origin));
  static_cast<void>(refresh_readers_crl(host, profile.origin));
  MIBUN_TRY(TrustList trust, load_trust(host.store));
  std::unique_ptr<Meeting> meeting(new Meeting(host, std::move(trust)));
  const Instant now = host.clock.now();
  MIBUN_TRY(auto box, SpendingCardBox::open(meeting->cards_, host.keys, now));
  meeting->box_.emplace(std::move(box));
  MIBUN_TRY(auto flow, proximity::HolderFlow::make(*meeting->box_,
                                                   {.readers = meeting->trust_.readers,
                                                    .registrations = meeting->registrations_,
                                                    .unknown_readers = unknown_readers},
                                                   std::move(ways), now));
  meeting->flow_.emplace(std::move(flow));
  return meeting;
}

Result<HolderStep> Meeting::tell(const proximity::HolderEvent& event) {
  return flow_->advance(event, host_.clock.now());
}

Result<HolderStep> Meeting::listen(proximity::Wire& wire, Instant until) {
  auto received = wire.receive(until);
  if (!received) return tell(proximity::ConnectionLost{});
  if (!*received) return tell(proximity::TimePassed{});
  return tell(proximity::MessageArrived{std::move(**received)});
}

Result<HolderStep> Meeting::send(proximity::Wire& wire, const proximity::SendMessage& message) {
  if (!wire.send(message.message)) return tell(proximity::ConnectionLost{});
  return proximity::AwaitMessage{message.until};
}

Result<NearbyQuestion> Meeting::make_question(const proximity::AskHolder& asked) const {
  NearbyQuestion question{.ask = asked, .cards = {}, .registration = registrations_.registration(), .previous = {}};
  for (const auto& document : asked.documents) question.cards.push_back(box_->card(document.document));
  if (asked.reader) {
    const std::string organisation = question.registration ? question.registration->registration_id : std::string();
    MIBUN_TRY(question.previous, HistoryBook(host_).previous_shares(client_id_of(*asked.reader), organisation));
  }
  return question;
}

// The verification must be younger than the yes, whoever implements it.
Status Meeting::verify_holder() {
  const Instant agreed_at = host_.clock.now();
  MIBUN_TRY(const auto verification, host_.user.verify_user_again("share"));
  if (verification.at() < agreed_at || !verification.is_fresh(host_.clock.now())) {
    return fail(ErrorCode::wallet_user_verification_failed, "share", "the verification is older than the question");
  }
  return {};
}

Result<HolderStep> Meeting::decide(proximity::Wire& wire, const proximity::AskHolder& asked,
                                   const AskToShareNearby& ask) {
  asked_ = asked;
  MIBUN_TRY(const NearbyQuestion question, make_question(asked));
  bool agreed = ask(question) == Decision::agree && question.can_share();
  if (agreed) {
    const Status verified = verify_holder();
    agreed = verified.has_value();
    if (!verified) not_verified_ = verified.error();
  }
  if (agreed) MIBUN_CHECK(keep_receipt(asked));
  // The reader may have gone or ended it meanwhile: then no copy is spent.
  auto arrived = wire.receive(host_.clock.now());
  if (!arrived) return tell(proximity::ConnectionLost{});
  if (*arrived) return tell(proximity::MessageArrived{std::move(**arrived)});
  return agreed ? tell(proximity::Agreed{}) : tell(proximity::Refused{});
}

Result<proximity::HolderFinished> Meeting::run(proximity::Wire& wire, const AskToShareNearby& ask) {
  MIBUN_TRY(HolderStep step, tell(proximity::Connected{}));
  for (;;) {
    if (auto* finished = std::get_if<proximity::HolderFinished>(&step)) {
      if (finished->farewell) (void)wire.send(*finished->farewell);  // whether or not it arrives
      return std::move(*finished);
    }
    if (const auto* asked = std::get_if<proximity::AskHolder>(&step)) {
      MIBUN_TRY(step, decide(wire, proximity::AskHolder(*asked), ask));
    } else if (const auto* message = std::get_if<proximity::SendMessage>(&step)) {
      MIBUN_TRY(step, send(wire, proximity::SendMessage(*message)));
    } else {
      MIBUN_TRY(step, listen(wire, std::get<proximity::AwaitMessage>(step).until));
    }
  }
}

Label Meeting::name() const {
  return registrations_.reader() ? name_of(registrations_) : Label{};
}

Status Meeting::keep_receipt(const proximity::AskHolder& asked) {
  const Label reader = name();
  receipt_ = make_nearby_receipt(asked, reader.ja, reader.en, registrations_.registration(), host_.clock.now());
  MIBUN_TRY(receipt_name_, keep_nearby_receipt(host_, receipt_));
  return {};
}

// What was agreed to and not sent leaves no paper.
Status Meeting::finish_receipt(Met& met) {
  if (!receipt_name_) return {};
  if (met.outcome != HolderOutcome::shared && met.outcome != HolderOutcome::unconfirmed) {
    return host_.store.remove(*receipt_name_);
  }
  met.receipt = receipt_name_;
  if (met.outcome == HolderOutcome::unconfirmed) return {};
  receipt_.arrived = true;
  return replace_nearby_receipt(host_.store, *receipt_name_, receipt_);
}

Status Meeting::record(const Met& met) const {
  HistoryEvent event;
  event.kind = kind_of(met.outcome);
  event.outcome = outcome_of(met);
  const Label name = met.name.value_or(Label{"確認できない読み取り機", "A reader that is not verified"});
  event.partner_ja = name.ja;
  event.partner_en = name.en;
  if (registrations_.reader()) event.client_id = client_id_of(*registrations_.reader());
  if (registrations_.registration()) event.registration_id = registrations_.registration()->registration_id;
  event.receipt = met.receipt.value_or("");
  if (asked_) {
    for (const auto& document : asked_->documents) {
      event.cards.push_back(box_->card(document.document).id);
      for (const auto& element : document.elements) event.claims.push_back(path_text(element));
    }
  }
  MIBUN_CHECK(HistoryBook(host_).record(std::move(event)));
  return {};
}

Result<Met> Meeting::meet(proximity::Wire& wire, const AskToShareNearby& ask) {
  auto finished = run(wire, ask);
  MIBUN_CHECK(box_->forget_spent_keys());
  Met met;
  if (registrations_.reader()) met.name = name_of(registrations_);
  if (finished) {
    met.outcome = finished->outcome;
    met.why = finished->why;
  } else {
    met.why = finished.error();
  }
  if (met.outcome == HolderOutcome::refused && not_verified_) {
    met.outcome = HolderOutcome::failed;
    met.why = not_verified_;
  }
  met.nothing_matches = met.outcome == HolderOutcome::refused && asked_->documents.empty();
  MIBUN_CHECK(finish_receipt(met));
  MIBUN_CHECK(record(met));
  if (!finished) return pass_error(finished);
  return met;
}

}  // namespace mibun::wallet
