#include "core/oid4vp/wallet_flow.h"

#include <algorithm>
#include <utility>

#include "core/codecs/url.h"
#include "core/dcql/choose.h"
#include "core/dcql/select.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/presentation_build.h"
#include "core/oid4vp/request_client.h"
#include "core/oid4vp/response.h"
#include "core/oid4vp/wallet_metadata.h"

namespace mibun::oid4vp {
namespace {

constexpr std::size_t kRedirectBytesMax = 4096;

enum class Stage { idle, fetching, asking, posting, asking_code, over };

std::unexpected<Error> out_of_turn() {
  return fail(ErrorCode::invalid_argument, "event", "this event does not belong to this stage of the flow");
}

// Redirects would let somebody else answer in the verifier's place (section 14.6).
Status check_status(const HttpResponse& response) {
  if (response.status == 200) return {};
  if (response.status >= 300 && response.status < 400) {
    return fail(ErrorCode::http_redirect_refused, "response", "the verifier answered with a redirect");
  }
  return fail(ErrorCode::http_status_unexpected, "response", "the verifier answered with an error");
}

HttpRequest form_post(std::string url, std::string body, std::string_view accept) {
  return {.method = "POST",
          .url = std::move(url),
          .headers = {{"Content-Type", std::string(kFormMediaType)}, {"Accept", std::string(accept)}},
          .body = std::move(body)};
}

std::vector<dcql::Card> as_dcql(const std::vector<const HeldCard*>& cards) {
  std::vector<dcql::Card> result;
  for (const HeldCard* card : cards) result.push_back(card->as_dcql());
  return result;
}

// {"redirect_uri": "https://..."}; unknown members are ignored, and so is an answer without one.
Result<std::optional<std::string>> read_redirect(const HttpResponse& response) {
  const auto malformed = [] { return fail(ErrorCode::oid4vp_response_malformed, "response", "not a JSON answer"); };
  const auto content_type = response.header("Content-Type");
  if (!content_type || !equal_ignoring_case(media_type(*content_type), "application/json")) return malformed();
  const auto object = json::parse_object(response.body);
  if (!object) return malformed();
  const json::Value* redirect = object->if_contains("redirect_uri");
  if (redirect == nullptr) return std::nullopt;
  if (!redirect->is_string() || redirect->get_string().size() > kRedirectBytesMax) return malformed();
  std::string uri(redirect->get_string());
  // The page that waits for the result lies on https; anything else would be opened blindly.
  if (!HttpsUrl::parse(std::string_view(uri).substr(0, uri.find('#')))) return malformed();
  return uri;
}

// What our gateway says of the code: {"mibun_code": "pairing_code_wrong"}. Nothing for any other refusal.
std::optional<ErrorCode> pairing_refusal(const HttpResponse& response) {
  const auto object = json::parse_object(response.body);
  const json::Value* code = object ? object->if_contains(kOurCodeMember) : nullptr;
  if (code == nullptr || !code->is_string()) return std::nullopt;
  for (const ErrorCode known : {ErrorCode::pairing_code_wrong, ErrorCode::pairing_code_locked}) {
    if (std::string_view(code->get_string()) == to_string(known)) return known;
  }
  return std::nullopt;
}

}  // namespace

struct PresentationFlow::State {
  State(const CardBox& card_box, const VerifierTrust& wallet_trust, Rng& random)
      : box(card_box), trust(wallet_trust), rng(random) {}

  Result<Step> start(const Started& event, Instant now);
  Result<Step> start(const StartedByBrowser& event, Instant now);
  Result<Step> read_request(const HttpResponse& response, Instant now);
  Result<Step> read_object(std::string_view text, Instant now);
  Step ask_holder();
  Status propose(const std::vector<dcql::Candidates>& candidates);
  // What is shown, and by which of it each transaction is authorized.
  struct Decided {
    std::vector<dcql::Selection> selections;
    std::vector<std::string> authorizing;  // for each of request->transaction_data()
  };
  Result<Decided> authorized(std::vector<dcql::Selection> selections) const;
  Result<Decided> decide(const std::optional<HolderChoice>& choice) const;
  std::vector<AskedCard> as_asked(const std::vector<dcql::Selection>& selections) const;
  AskHolder question() const;
  Result<Step> present(const Agreed& event, Instant now);
  Result<Step> refuse();
  Result<Step> post_answer(const std::optional<std::string>& pairing_code);
  Step finish_in_browser(std::string_view form);
  Result<Step> finish(const HttpResponse& response);

  const CardBox& box;
  VerifierTrust trust;
  Rng& rng;
  Stage stage = Stage::idle;
  RequestLink link;
  std::optional<std::string> origin, protocol;  // when a browser asked
  std::optional<std::string> wallet_nonce;
  std::optional<VerifiedRequest> request;
  std::optional<Asker> over_asking;
  std::vector<const HeldCard*> cards;
  std::vector<dcql::Card> held;  // the same
  Decided proposed;
  Choices choices;
  std::vector<dcql::ClaimPath> missing;
  ResponseContents signed_contents;  // signed once, for all tries of the pairing code
  std::optional<std::string> consent;
  Outcome outcome = Outcome::refused;
};

Result<Step> PresentationFlow::State::start(const Started& event, Instant now) {
  MIBUN_TRY(link, RequestLink::parse(event.link));
  MIBUN_CHECK(check_answered(link.client_id, trust));
  if (link.parameters) {
    stage = Stage::over;
    MIBUN_TRY(request, VerifiedRequest::verify_unsigned(*link.parameters, event.link, trust, now, &over_asking));
    return ask_holder();
  }
  if (!link.request.empty()) {
    stage = Stage::over;  // a second request is another flow's
    return read_object(link.request, now);
  }
  stage = Stage::fetching;
  if (link.method == RequestUriMethod::get) {
    return SendRequest{{.method = "GET",
                        .url = link.request_uri,
                        .headers = {{"Accept", std::string(kRequestObjectMediaType)}},
                        .body = {}}};
  }
  wallet_nonce = random_token(rng);
  const std::string metadata = json::serialize(WalletMetadata::of(trust.profile).to_json());
  return SendRequest{form_post(link.request_uri,
                               form::encode({{"wallet_metadata", metadata}, {"wallet_nonce", *wallet_nonce}}),
                               kRequestObjectMediaType)};
}

Result<Step> PresentationFlow::State::read_request(const HttpResponse& response, Instant now) {
  MIBUN_CHECK(check_status(response));
  const auto content_type = response.header("Content-Type");
  if (!content_type || !equal_ignoring_case(media_type(*content_type), kRequestObjectMediaType)) {
    return fail(ErrorCode::oid4vp_invalid_request, "response", "the verifier did not send a request object");
  }
  return read_object(response.body, now);
}

Result<Step> PresentationFlow::State::read_object(std::string_view text, Instant now) {
  MIBUN_TRY(request, VerifiedRequest::verify(text, {link.client_id, wallet_nonce, trust}, now, &over_asking));
  return ask_holder();
}

Result<Step> PresentationFlow::State::start(const StartedByBrowser& event, Instant now) {
  stage = Stage::over;
  MIBUN_TRY(request, VerifiedRequest::verify_dc_api(event, trust, now, &over_asking));
  origin = event.origin;
  protocol = event.protocol;
  return ask_holder();
}

Step PresentationFlow::State::ask_holder() {
  cards = box.cards();
  held = as_dcql(cards);
  const auto candidates = dcql::find_candidates(request->query(), held);
  if (propose(candidates)) {
    choices = find_choices({request->query(), cards, held, candidates}, proposed.selections, proposed.authorizing);
  }
  if (choices.sets.empty()) {
    for (const dcql::Candidates& one : candidates)
      missing.insert(missing.end(), one.missing.begin(), one.missing.end());
  }
  stage = Stage::asking;
  return question();
}

// What cannot be authorized cannot be answered: then it is as if no card were there.
Status PresentationFlow::State::propose(const std::vector<dcql::Candidates>& candidates) {
  MIBUN_TRY(const std::vector<dcql::Pick> picks, dcql::propose(request->query(), held, candidates));
  std::vector<dcql::Selection> selections;  // none where nothing is required
  if (!picks.empty()) {
    MIBUN_TRY(selections, dcql::check_selection(request->query(), held, picks));
  }
  MIBUN_TRY(proposed, authorized(std::move(selections)));
  return {};
}

Result<PresentationFlow::State::Decided> PresentationFlow::State::authorized(
    std::vector<dcql::Selection> selections) const {
  std::vector<std::string> shown;
  for (const dcql::Selection& selection : selections) {
    shown.push_back(request->query().credentials()[selection.credential].id);
  }
  MIBUN_TRY(auto authorizing, authorizing_credentials(request->transaction_data(), shown));
  return Decided{std::move(selections), std::move(authorizing)};
}

Result<PresentationFlow::State::Decided> PresentationFlow::State::decide(
    const std::optional<HolderChoice>& choice) const {
  if (choices.sets.empty() || (!choice && proposed.selections.empty())) {
    return fail(ErrorCode::oid4vp_nothing_to_present, "cards", "no card answers the request");
  }
  if (!choice) return proposed;
  MIBUN_TRY(const std::vector<dcql::Pick> picks, picks_of(*choice, request->query()));
  MIBUN_TRY(auto selections, dcql::check_selection(request->query(), held, picks));
  MIBUN_CHECK(check_registered(request->registration(), request->query(), selections));
  return authorized(std::move(selections));
}

std::vector<AskedCard> PresentationFlow::State::as_asked(const std::vector<dcql::Selection>& selections) const {
  std::vector<AskedCard> asked;
  for (const dcql::Selection& selection : selections) {
    asked.push_back(oid4vp::as_asked(selection, request->query(), *cards[selection.card]));
  }
  return asked;
}

AskHolder PresentationFlow::State::question() const {
  const Registration& registration = request->registration();
  AskHolder ask{.client_id = request->client_id(),
                .identified = request->identified(),
                .mode = request->mode(),
                .address = request->response_uri(),
                .certificate = request->certificate(),
                .registration_id = registration.registration_id,
                .registrar = registration.issuer,
                .registered_until = registration.expires_at,
                .organization = registration.organization,
                .contact = registration.contact,
                .purpose = registration.purpose,
                .retention = registration.retention,
                .cautions = registration.cautions,
                .expires_at = request->expires_at(),
                .origin = origin,
                .approvals = {},
                .cards = as_asked(proposed.selections),
                .choices = choices,
                .missing = missing,
                .pairing = request->pairing()};
  for (const TransactionData& data : request->transaction_data()) ask.approvals.push_back(data.approval());
  return ask;
}

Result<Step> PresentationFlow::State::present(const Agreed& event, Instant now) {
  if (event.language != "ja" && event.language != "en") return out_of_turn();
  MIBUN_TRY(const Decided decided, decide(event.choice));
  if (now >= request->expires_at()) return fail(ErrorCode::oid4vp_request_expired, "request.exp");
  if (request->pairing() && !(event.pairing_code && is_pairing_code(*event.pairing_code))) {
    return fail(ErrorCode::wallet_pairing_code_needed, "pairing_code", "six digits are expected");  // nothing is spent
  }
  std::string text = Consent::make(*request, decided.selections, event.language, now).to_text();
  MIBUN_TRY(signed_contents,
            make_presentations({*request, box, cards, decided.selections, decided.authorizing}, text, now));
  consent = std::move(text);
  if (origin) {
    MIBUN_TRY(json::Object data, build_dc_api_response(*request, signed_contents, rng));
    stage = Stage::over;
    return AnswerBrowser{*protocol, std::move(data)};
  }
  return post_answer(event.pairing_code);
}

Result<Step> PresentationFlow::State::post_answer(const std::optional<std::string>& pairing_code) {
  MIBUN_TRY(std::string body, build_response_form(*request, signed_contents, pairing_code, rng));
  outcome = Outcome::shared;
  if (request->mode() == ResponseMode::fragment) return finish_in_browser(body);
  stage = Stage::posting;
  return SendRequest{form_post(request->response_uri(), std::move(body), "application/json")};
}

Result<Step> PresentationFlow::State::refuse() {
  if (origin) {  // the browser tells the page; nothing of ours is sent
    stage = Stage::over;
    return Finished{.outcome = Outcome::refused, .redirect_uri = {}};
  }
  outcome = Outcome::refused;
  std::string body = build_error_form(*request, wallet_error(ErrorCode::oid4vp_access_denied));
  if (request->mode() == ResponseMode::fragment) return finish_in_browser(body);
  stage = Stage::posting;
  return SendRequest{form_post(request->response_uri(), std::move(body), "application/json")};
}

Step PresentationFlow::State::finish_in_browser(std::string_view form) {
  stage = Stage::over;
  return Finished{.outcome = outcome, .redirect_uri = redirect_with(*request, form)};
}

Result<Step> PresentationFlow::State::finish(const HttpResponse& response) {
  if (response.status >= 400) {
    const auto why = request->pairing() ? pairing_refusal(response) : std::nullopt;
    if (why == ErrorCode::pairing_code_wrong && outcome == Outcome::shared) {
      stage = Stage::asking_code;
      return AskPairingCode{request->pairing()->website};
    }
    const bool locked = why == ErrorCode::pairing_code_locked;
    return Finished{.outcome = locked ? Outcome::pairing_code_locked : Outcome::rejected, .redirect_uri = {}};
  }
  MIBUN_CHECK(check_status(response));
  MIBUN_TRY(auto redirect, read_redirect(response));
  return Finished{.outcome = outcome, .redirect_uri = std::move(redirect)};
}

PresentationFlow::PresentationFlow(const CardBox& cards, const VerifierTrust& trust, Rng& rng)
    : state_(std::make_unique<State>(cards, trust, rng)) {}
PresentationFlow::~PresentationFlow() = default;
PresentationFlow::PresentationFlow(PresentationFlow&&) noexcept = default;

Result<Step> PresentationFlow::advance(const Event& event, Instant now) {
  const auto* started = std::get_if<Started>(&event);
  const auto* received = std::get_if<oid4vp::Received>(&event);
  const auto* agreed = std::get_if<Agreed>(&event);
  const Stage stage = state_->stage;
  if (stage == Stage::idle && started != nullptr) return state_->start(*started, now);
  if (const auto* browser = std::get_if<StartedByBrowser>(&event); stage == Stage::idle && browser != nullptr) {
    return state_->start(*browser, now);
  }
  if (stage == Stage::asking && agreed != nullptr) return state_->present(*agreed, now);
  const bool open_question = stage == Stage::asking || stage == Stage::asking_code;
  if (open_question && std::holds_alternative<Refused>(event)) return state_->refuse();
  if (const auto* typed = std::get_if<PairingCodeTyped>(&event); stage == Stage::asking_code && typed != nullptr) {
    if (now >= state_->request->expires_at()) return fail(ErrorCode::oid4vp_request_expired, "request.exp");
    return state_->post_answer(typed->code);
  }
  if (stage == Stage::fetching && received != nullptr) {
    state_->stage = Stage::over;  // a second answer to the same question is nobody's
    return state_->read_request(received->response, now);
  }
  if (stage == Stage::posting && received != nullptr) {
    state_->stage = Stage::over;
    return state_->finish(received->response);
  }
  return out_of_turn();
}

Result<std::vector<AskedCard>> PresentationFlow::would_show(const std::optional<HolderChoice>& choice) const {
  if (state_->stage != Stage::asking) return out_of_turn();
  MIBUN_TRY(const State::Decided decided, state_->decide(choice));
  return state_->as_asked(decided.selections);
}

const std::optional<Asker>& PresentationFlow::over_asking() const {
  return state_->over_asking;
}

const VerifiedRequest* PresentationFlow::request() const {
  return state_->request ? &*state_->request : nullptr;
}

const std::optional<std::string>& PresentationFlow::consent() const {
  return state_->consent;
}

}  // namespace mibun::oid4vp
