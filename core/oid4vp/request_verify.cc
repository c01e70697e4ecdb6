#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/url.h"
#include "core/jose/jws.h"
#include "core/jose/jws_json.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/protocol_text.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/request_client.h"
#include "core/oid4vp/request_wish.h"

namespace mibun::oid4vp {

// The members of a VerifiedRequest while they are still being checked.
struct VerifiedRequest::Draft {
  std::string text, client_id, audience, nonce, response_uri;
  ResponseMode mode;
  Identified identified;
  std::optional<crypto::Certificate> certificate;
  std::optional<std::string> state;
  Instant expires_at;
  Wish wish;
  std::optional<PairingDemand> pairing;
};

VerifiedRequest::VerifiedRequest(Draft&& draft)
    : text_(std::move(draft.text)),
      client_id_(std::move(draft.client_id)),
      audience_(std::move(draft.audience)),
      nonce_(std::move(draft.nonce)),
      response_uri_(std::move(draft.response_uri)),
      mode_(draft.mode),
      identified_(draft.identified),
      certificate_(std::move(draft.certificate)),
      state_(std::move(draft.state)),
      expires_at_(draft.expires_at),
      query_(std::move(draft.wish.query)),
      response_key_(std::move(draft.wish.response_key)),
      registration_(std::move(draft.wish.registration)),
      pairing_(std::move(draft.pairing)),
      transaction_data_(std::move(draft.wish.transaction_data)) {}

namespace {

// What an unsigned request cannot say: it has no exp.
constexpr seconds kUnsignedLifetime{600};

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

Status check_text(json::ObjectReader& reader, std::string_view name, std::string_view want) {
  MIBUN_TRY(const std::string_view text, request_shape(reader.string(name)));
  if (text != want) return invalid(reader.place(name), "not what this wallet answers");
  return {};
}

Status check_client_id(const json::Object& payload, std::string_view outside) {
  json::ObjectReader reader(payload, "request");
  MIBUN_TRY(const std::string_view inside, request_shape(reader.string("client_id")));
  if (inside == outside) return {};
  return fail(ErrorCode::oid4vp_client_id_mismatch, "request.client_id", "the link names another client");
}

Status check_audience(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string_view audience, request_shape(reader.string("aud")));
  if (audience == kRequestAudience) return {};
  return fail(ErrorCode::jwt_audience_mismatch, "request.aud", "the request is for somebody else");
}

Result<Instant> check_times(const json::Object& payload, Instant now) {
  auto times = jose::check_times(payload, {}, now);
  if (!times && times.error().code == ErrorCode::jwt_expired) {
    return fail(ErrorCode::oid4vp_request_expired, "request.exp", "the request has expired");
  }
  if (!times) return pass_error(times);
  return jose::numeric_date(payload.at("exp"), "request.exp");
}

// What must not be there: a way around the response_uri, a second query, or a request inside the request (RFC 9101).
Status check_absent(const json::Object& payload, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (payload.contains(name)) return invalid("request." + std::string(name), "does not belong into this request");
  }
  return {};
}

Result<std::string> read_nonce(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string_view nonce, request_shape(reader.string("nonce")));
  if (nonce.size() < kNonceSizeMin || !is_token(nonce)) {
    return invalid(reader.place("nonce"), "too short, too long, or not URL safe");
  }
  return std::string(nonce);
}

Result<std::optional<std::string>> read_state(json::ObjectReader& reader) {
  MIBUN_TRY(const std::optional<std::string_view> state, request_shape(reader.optional_string("state")));
  if (!state) return std::nullopt;
  if (!is_token(*state)) return invalid(reader.place("state"), "too long, or not URL safe");
  return std::string(*state);
}

Status check_wallet_nonce(json::ObjectReader& reader, const std::optional<std::string>& sent) {
  MIBUN_TRY(const std::optional<std::string_view> returned, request_shape(reader.optional_string("wallet_nonce")));
  if (!sent || returned == *sent) return {};
  return fail(ErrorCode::oid4vp_wallet_nonce_mismatch, "request.wallet_nonce",
              "the request was made for another wallet");
}

Result<std::optional<PairingDemand>> read_pairing(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const object, request_shape(reader.optional_object(kPairingMember)));
  if (object == nullptr) return std::nullopt;
  return PairingDemand::parse(*object, reader.place(kPairingMember));
}

// Of the ways in `fitting` one that the profile answers. Where none is said it is fragment: section 5.6.
Result<ResponseMode> read_mode(json::ObjectReader& reader, const AnsweredModes& answered, bool browsers) {
  MIBUN_TRY(const auto text, request_shape(reader.optional_string("response_mode")));
  const std::string where = reader.place("response_mode");
  MIBUN_TRY(const ResponseMode mode, parse_response_mode(text.value_or("fragment"), where));
  if (is_browsers(mode) == browsers && answered.accept(mode)) return mode;
  return fail(ErrorCode::oid4vp_response_mode_not_supported, where, "not answered here");
}

// Where the answer goes: response_uri where it is posted, redirect_uri where the browser carries it, and never both
// (section 8.2). redirect_uri as the client's prefix says it, too.
Result<std::string> read_address(const json::Object& payload, json::ObjectReader& reader, ResponseMode mode,
                                 const ClientId& client) {
  const bool by_browser = mode == ResponseMode::fragment;
  MIBUN_CHECK(check_absent(payload, {by_browser ? "response_uri" : "redirect_uri"}));
  const std::string_view name = by_browser ? "redirect_uri" : "response_uri";
  if (client.prefix() == ClientId::Prefix::redirect_uri && !payload.contains(name)) return std::string(client.rest());
  MIBUN_TRY(const std::string_view address, request_shape(reader.string(name)));
  return std::string(address);
}

std::optional<std::string> origin_where_unsigned(const RequestClient& client, const std::string& address) {
  if (client.identified() != Identified::by_address) return std::nullopt;
  const auto url = HttpsUrl::parse(address);
  return url ? std::optional(url->origin()) : std::nullopt;
}

// Section A.2: without this check a page could replay another page's signed request.
Status check_origin(json::ObjectReader& reader, std::string_view origin) {
  MIBUN_TRY(const json::Array* const expected, request_shape(reader.array("expected_origins")));
  MIBUN_TRY(const auto origins, request_shape(json::string_array(*expected, reader.place("expected_origins"))));
  if (std::ranges::find(origins, origin) != origins.end()) return {};
  return fail(ErrorCode::oid4vp_origin_mismatch, reader.place("expected_origins"), "another page's request");
}

// The client says who it is before its signature is checked; what is said is believed only afterwards.
Result<std::string> claimed_client_id(const json::Object& unverified) {
  json::ObjectReader reader(unverified, "request");
  MIBUN_TRY(const std::string_view client_id, request_shape(reader.string("client_id")));
  return std::string(client_id);
}

// One signature of several: client_id and verifier_info stand in its protected header and nowhere else (A.3.2.2).
struct OneOfSeveral {
  RequestClient client;
  json::Object payload;  // with these two from the header
};

Result<OneOfSeveral> open_one(const jose::JwsJsonSignature& signature, const VerifierTrust& trust, Instant now) {
  MIBUN_TRY(const std::string client_id, claimed_client_id(signature.jws.unverified_header()));
  MIBUN_TRY(RequestClient client, RequestClient::of_signed(signature.jws, client_id, trust, now));
  MIBUN_CHECK(check_absent(client.payload(), {"client_id", "verifier_info"}));
  json::Object payload = client.payload();
  payload["client_id"] = client_id;
  if (const json::Value* infos = client.header().if_contains("verifier_info")) payload["verifier_info"] = *infos;
  return OneOfSeveral{std::move(client), std::move(payload)};
}

// read_wish(); `asker` without its registration goes to `over_asking` with it.
Result<Wish> read_wish_of(Asker asker, const json::Object& payload, const WishFor& whom, Instant now,
                          std::optional<Asker>* over_asking) {
  std::optional<Registration> exceeded;
  auto wish = read_wish(payload, whom, now, exceeded);
  if (exceeded && over_asking != nullptr) {
    asker.registration = *std::move(exceeded);
    *over_asking = std::move(asker);
  }
  return wish;
}

}  // namespace

Result<VerifiedRequest> VerifiedRequest::verify(std::string_view text, const RequestPolicy& policy, Instant now,
                                                std::optional<Asker>* over_asking) {
  MIBUN_CHECK(ClientId::parse(policy.client_id));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const RequestClient client, RequestClient::of_signed(jws, policy.client_id, policy.trust, now));
  MIBUN_CHECK(check_client_id(client.payload(), policy.client_id));
  json::ObjectReader reader(client.payload(), "request");
  MIBUN_CHECK(check_audience(reader));
  MIBUN_TRY(const Instant expires_at, check_times(client.payload(), now));
  MIBUN_CHECK(check_wallet_nonce(reader, policy.wallet_nonce));
  return read_linked(client, client.payload(), text, expires_at, policy.trust, now, over_asking);
}

Result<VerifiedRequest> VerifiedRequest::verify_unsigned(const json::Object& parameters, std::string_view text,
                                                         const VerifierTrust& trust, Instant now,
                                                         std::optional<Asker>* over_asking) {
  MIBUN_TRY(const std::string client_id, claimed_client_id(parameters));
  MIBUN_TRY(const RequestClient client, RequestClient::of_unsigned(client_id, trust));
  return read_linked(client, parameters, text, now + kUnsignedLifetime, trust, now, over_asking);
}

Result<VerifiedRequest> VerifiedRequest::read_linked(const RequestClient& client, const json::Object& payload,
                                                     std::string_view text, Instant expires_at,
                                                     const VerifierTrust& trust, Instant now,
                                                     std::optional<Asker>* over_asking) {
  json::ObjectReader reader(payload, "request");
  MIBUN_CHECK(check_text(reader, "response_type", "vp_token"));
  MIBUN_TRY(const ResponseMode mode, read_mode(reader, trust.profile.modes, false));
  MIBUN_CHECK(check_absent(payload, {"scope", "request", "request_uri"}));
  MIBUN_TRY(std::string nonce, read_nonce(reader));
  MIBUN_TRY(auto state, read_state(reader));
  MIBUN_TRY(std::string address, read_address(payload, reader, mode, client.client_id()));
  MIBUN_TRY(auto pairing, read_pairing(reader));
  const WishFor whom{client.id(), origin_where_unsigned(client, address), mode, trust.registrars};
  MIBUN_TRY(Wish wish, read_wish_of({client.id(), client.identified(), client.certificate(), {}}, payload, whom, now,
                                    over_asking));
  MIBUN_CHECK(client.check_address(address, mode, wish.registration.content()));
  return VerifiedRequest(Draft{.text = std::string(text),
                               .client_id = client.id(),
                               .audience = client.id(),
                               .nonce = std::move(nonce),
                               .response_uri = std::move(address),
                               .mode = mode,
                               .identified = client.identified(),
                               .certificate = client.certificate(),
                               .state = std::move(state),
                               .expires_at = expires_at,
                               .wish = std::move(wish),
                               .pairing = std::move(pairing)});
}

Result<VerifiedRequest> VerifiedRequest::verify_dc_api(const BrowserRequest& request, const VerifierTrust& trust,
                                                       Instant now, std::optional<Asker>* over_asking) {
  const AnsweredBrowserRequests& answered = trust.profile.browser;
  const auto refuse = [] { return invalid("protocol", "this wallet does not answer that kind"); };
  if (request.protocol == kDcApiUnsigned) {
    if (!answered.no_signature.accepted()) return refuse();
    return read_browsers(request.data, nullptr, request, now + kUnsignedLifetime, trust, now, over_asking);
  }
  if (request.protocol == kDcApiSigned) {
    if (!answered.one_signature.accepted()) return refuse();
    json::ObjectReader reader(request.data, "data");
    MIBUN_TRY(const std::string_view text, request_shape(reader.string("request")));
    MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
    MIBUN_TRY(const json::Object claimed, jws.unverified_payload());
    MIBUN_TRY(const std::string client_id, claimed_client_id(claimed));
    MIBUN_TRY(const RequestClient client, RequestClient::of_signed(jws, client_id, trust, now));
    return read_signed_browsers(client, client.payload(), request, trust, now, over_asking);
  }
  if (request.protocol != kDcApiMultisigned || !answered.several_signatures.accepted()) return refuse();
  return verify_several(request, trust, now, over_asking);
}

Result<VerifiedRequest> VerifiedRequest::verify_several(const BrowserRequest& request, const VerifierTrust& trust,
                                                        Instant now, std::optional<Asker>* over_asking) {
  json::ObjectReader reader(request.data, "data");
  MIBUN_TRY(const json::Object* const object, request_shape(reader.object("request")));
  MIBUN_TRY(const jose::JwsJson several, jose::JwsJson::parse(*object));
  std::optional<Error> first;
  for (const jose::JwsJsonSignature& signature : several.signatures()) {
    auto one = open_one(signature, trust, now);
    // Others of the verifier's names, for other wallets: section A.3.2.2.
    if (one) return read_signed_browsers(one->client, one->payload, request, trust, now, over_asking);
    if (!first) first = std::move(one.error());
  }
  MIBUN_INVARIANT(first.has_value());
  return std::unexpected(std::move(*first));
}

Result<VerifiedRequest> VerifiedRequest::read_signed_browsers(const RequestClient& client, const json::Object& payload,
                                                              const BrowserRequest& request, const VerifierTrust& trust,
                                                              Instant now, std::optional<Asker>* over_asking) {
  json::ObjectReader reader(payload, "request");
  MIBUN_CHECK(check_audience(reader));
  MIBUN_TRY(const Instant expires_at, check_times(payload, now));
  MIBUN_CHECK(check_origin(reader, request.origin));
  return read_browsers(payload, &client, request, expires_at, trust, now, over_asking);
}

Result<VerifiedRequest> VerifiedRequest::read_browsers(const json::Object& payload, const RequestClient* signer,
                                                       const BrowserRequest& request, Instant expires_at,
                                                       const VerifierTrust& trust, Instant now,
                                                       std::optional<Asker>* over_asking) {
  json::ObjectReader reader(payload, "request");
  MIBUN_CHECK(check_text(reader, "response_type", "vp_token"));
  MIBUN_TRY(const ResponseMode mode, read_mode(reader, trust.profile.modes, true));
  MIBUN_CHECK(check_absent(payload, {"redirect_uri", "response_uri", "scope", "request", "request_uri"}));
  MIBUN_TRY(std::string nonce, read_nonce(reader));
  const std::string audience = audience_of_origin(request.origin);
  Asker asker{audience, Identified::by_address, {}, {}};
  if (signer != nullptr) asker = {signer->id(), signer->identified(), signer->certificate(), {}};
  const auto unsigned_origin = signer == nullptr ? std::optional(request.origin) : std::nullopt;
  const WishFor whom{asker.client_id, unsigned_origin, mode, trust.registrars};
  MIBUN_TRY(Wish wish, read_wish_of(asker, payload, whom, now, over_asking));
  return VerifiedRequest(Draft{.text = json::serialize(request.data),
                               .client_id = std::move(asker.client_id),
                               .audience = audience,
                               .nonce = std::move(nonce),
                               .response_uri = {},
                               .mode = mode,
                               .identified = asker.identified,
                               .certificate = std::move(asker.certificate),
                               .state = {},
                               .expires_at = expires_at,
                               .wish = std::move(wish),
                               .pairing = {}});
}

}  // namespace mibun::oid4vp
