#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/url.h"
#include "core/jose/jwe.h"
#include "core/oid4vp/asked_claims.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/received_presentation.h"
#include "core/oid4vp/response.h"

namespace mibun::oid4vp {
namespace {

constexpr std::size_t kPresentationsMax = 20;

std::unexpected<Error> malformed(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_response_malformed, std::move(where), std::move(detail));
}

// ---- Opening: form, JWE, JSON ----

Status check_state(std::optional<std::string_view> state, const ExpectedResponse& expected, std::string where) {
  if (!state || *state == expected.state) return {};
  return fail(ErrorCode::oid4vp_state_mismatch, std::move(where), "the answer belongs to another request");
}

// An error's text comes from a stranger and ends up in logs: only the specification's words pass.
std::string known_error(std::string_view error) {
  constexpr std::array<std::string_view, 7> kKnown = {"access_denied",
                                                      "invalid_request",
                                                      "invalid_client",
                                                      "vp_formats_not_supported",
                                                      "invalid_transaction_data",
                                                      "invalid_request_uri_method",
                                                      "wallet_unavailable"};
  return std::ranges::find(kKnown, error) != kKnown.end() ? std::string(error) : "unknown_error";
}

Result<json::Object> decrypt(std::string_view text, const ExpectedResponse& expected) {
  MIBUN_TRY(const jose::Jwe jwe, jose::Jwe::parse(text, jose::kEcdhEsDirect));
  if (jwe.kid() != expected.encryption_kid) {
    return fail(ErrorCode::jwe_kid_mismatch, "response", "the answer is encrypted to another request's key");
  }
  MIBUN_TRY(const Bytes plaintext, jwe.decrypt(expected.decryption_key));
  auto payload = json::parse_object(as_text(plaintext), {.bytes_max = kResponseBytesMax});
  if (!payload) return malformed("response", "the decrypted answer is not a JSON object");
  return payload;
}

Status check_pairing(const json::Object& payload, const ExpectedResponse& expected) {
  MIBUN_INVARIANT(expected.check_pairing_code != nullptr);
  const json::Value* code = payload.if_contains(kPairingCodeMember);
  if (code == nullptr) return expected.check_pairing_code(std::nullopt);
  if (!code->is_string()) return malformed("response.mibun_pairing_code", "the code is a string");
  return expected.check_pairing_code(std::string(code->get_string()));
}

Result<std::vector<std::string>> read_presentations(const json::Value& value, const std::string& where) {
  const json::Array* array = value.if_array();
  if (array == nullptr) return malformed(where, "an array of presentations is expected");
  std::vector<std::string> texts;
  for (const json::Value& entry : *array) {
    if (!entry.is_string() || entry.get_string().empty()) return malformed(where, "a presentation is a string");
    texts.emplace_back(entry.get_string());
  }
  return texts;
}

// Ids and counts are judged before any signature costs time.
Result<VpToken> read_vp_token(const json::Object& payload, const dcql::Query& query) {
  json::ObjectReader reader(payload, "response");
  const auto object = reader.object("vp_token");
  if (!object) return malformed("vp_token", "vp_token is an object");
  VpToken vp_token;
  std::size_t count = 0;
  for (const auto& member : **object) {
    const std::string id(member.key());
    const dcql::CredentialQuery* credential = query.find(id);
    if (credential == nullptr) return fail(ErrorCode::dcql_answer_unexpected, "vp_token", "an id not asked for");
    MIBUN_TRY(std::vector<std::string> texts, read_presentations(member.value(), "vp_token." + id));
    if (texts.empty() || (!credential->multiple && texts.size() != 1)) {
      return fail(ErrorCode::dcql_answer_unexpected, "vp_token." + id, "one presentation is due here");
    }
    count += texts.size();
    if (count > kPresentationsMax) return malformed("vp_token", "too many presentations");
    vp_token[id] = std::move(texts);
  }
  return vp_token;
}

Status check_anchors(const ResponsePolicy& policy) {
  MIBUN_CHECK(policy.issuers.anchors().check_purpose(crypto::CertificatePurpose::credential_issuer));
  return policy.iaca.anchors().check_purpose(crypto::CertificatePurpose::mdoc_document_signer);
}

// ---- Judging: signatures, query, consent, status ----

std::optional<std::string> take_proof(const VpToken& proofs, const std::string& id, std::size_t index) {
  const auto found = proofs.find(id);
  if (found == proofs.end() || index >= found->second.size()) return std::nullopt;
  return found->second[index];
}

Result<std::vector<ReceivedPresentation>> verify_all(const VpToken& vp_token, const VpToken& proofs,
                                                     const ExpectedResponse& expected, const ResponsePolicy& policy,
                                                     Instant now) {
  std::vector<ReceivedPresentation> received;
  for (const auto& [id, texts] : vp_token) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ReceivedPresentation::Place place{id, i};
      const std::string where = place.to_string();
      auto one =
          ReceivedPresentation::verify(std::move(place), texts[i], take_proof(proofs, id, i), expected, policy, now);
      if (!one) {
        one.error().where = where + "." + one.error().where;
        return pass_error(one);
      }
      received.push_back(std::move(*one));
    }
  }
  return received;
}

Result<std::vector<dcql::Excess>> check_query(const std::vector<ReceivedPresentation>& received,
                                              const dcql::Query& query, dcql::ExcessPolicy policy) {
  dcql::Answer answer;
  for (const ReceivedPresentation& one : received) {
    MIBUN_TRY(dcql::Presented presented, one.as_presented(*query.find(one.id())));
    answer[one.id()].push_back(std::move(presented));
  }
  return dcql::check_answer(query, answer, policy);
}

std::unexpected<Error> consent_mismatch(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_consent_mismatch, std::move(where), std::move(detail));
}

Result<std::optional<std::string>> read_consent(const json::Object& payload) {
  const json::Value* value = payload.if_contains(kConsentMember);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) return consent_mismatch("consent", "the consent is not a text");
  return std::string(value->get_string());
}

// One for each presentation of a credential query, as the presentations stand.
Result<VpToken> read_consent_proofs(const json::Object& payload, const VpToken& vp_token) {
  const json::Value* value = payload.if_contains(kConsentProofsMember);
  if (value == nullptr) return VpToken{};
  const std::string where(kConsentProofsMember);
  if (!value->is_object()) return consent_mismatch(where, "an object is expected");
  VpToken proofs;
  for (const auto& member : value->get_object()) {
    const std::string id(member.key());
    MIBUN_TRY(std::vector<std::string> texts, read_presentations(member.value(), where + "." + id));
    const auto presented = vp_token.find(id);
    if (presented == vp_token.end() || texts.size() != presented->second.size()) {
      return consent_mismatch(where + "." + id, "not one for each presentation");
    }
    proofs[id] = std::move(texts);
  }
  return proofs;
}

// Signed with the consent's hash, of a card that the consent names, and with no claim beyond it.
Status check_covered(const ReceivedPresentation& one, const Consent& consent, std::string_view hash,
                     const ExpectedResponse& expected, Instant now) {
  MIBUN_CHECK(one.check_consent(hash, expected, now));
  const auto agreed = consent.claims.find(one.id());
  if (agreed == consent.claims.end()) return consent_mismatch(one.where(), "the consent does not name this credential");
  MIBUN_TRY(const auto disclosed, one.disclosed_unless_asked(agreed->second));
  const bool covered =
      std::ranges::all_of(disclosed, [&](const dcql::ClaimPath& path) { return is_asked(path, agreed->second); });
  if (!covered) return consent_mismatch(one.where(), "more was revealed than the holder agreed to");
  return {};
}

Status check_absent_consent(const std::vector<ReceivedPresentation>& received, ConsentDemand demand) {
  if (demand == ConsentDemand::required) return consent_mismatch("consent", "the consent is missing");
  if (std::ranges::any_of(received, &ReceivedPresentation::hints_at_consent)) {
    return consent_mismatch("consent", "a consent was signed and left out");
  }
  return {};
}

Status check_consents(const std::optional<std::string>& text, const std::vector<ReceivedPresentation>& received,
                      const ExpectedResponse& expected, ConsentDemand demand, Instant now) {
  if (!text) return check_absent_consent(received, demand);
  MIBUN_TRY(const Consent consent,
            check_consent(*text, {expected.client_id, expected.nonce, expected.registration, expected.query}, now));
  const std::string hash = consent_hash(*text);
  for (const ReceivedPresentation& one : received) MIBUN_CHECK(check_covered(one, consent, hash, expected, now));
  const bool all_shown = std::ranges::all_of(consent.claims, [&](const auto& agreed) {
    return std::ranges::find(received, agreed.first, &ReceivedPresentation::id) != received.end();
  });
  if (!all_shown) return consent_mismatch("consent.claims", "a credential in the consent was not shown");
  return {};
}

// A credential that can neither expire nor be revoked would be valid for ever.
Result<std::vector<std::string>> check_authorized(const std::vector<ReceivedPresentation>& received,
                                                  std::span<const TransactionData> asked) {
  std::vector<HolderStatement> statements;
  for (const ReceivedPresentation& one : received) {
    statements.push_back({.credential_id = one.id(), .where = one.where(), .key_binding = one.key_binding()});
  }
  return check_transaction_data(asked, statements);
}

Status check_status(const ReceivedPresentation& one, const ResponsePolicy& policy) {
  MIBUN_TRY(const auto status, one.status());
  if (status) {
    MIBUN_INVARIANT(policy.check_status != nullptr);
    return policy.check_status(*status, one.issuer());
  }
  if (one.expires()) return {};
  return fail(ErrorCode::sd_jwt_missing_claim, one.where() + ".status", "neither exp nor status");
}

Result<VerifiedResponse> judge(const json::Object& payload, const ExpectedResponse& expected,
                               const ResponsePolicy& policy, Instant now) {
  MIBUN_TRY(const VpToken vp_token, read_vp_token(payload, expected.query));
  MIBUN_TRY(const VpToken proofs, read_consent_proofs(payload, vp_token));
  MIBUN_TRY(const auto received, verify_all(vp_token, proofs, expected, policy, now));
  VerifiedResponse response;
  MIBUN_TRY(response.excess, check_query(received, expected.query, policy.excess));
  MIBUN_TRY(response.authorized_by, check_authorized(received, expected.transaction_data));
  MIBUN_TRY(response.consent, read_consent(payload));
  MIBUN_CHECK(check_consents(response.consent, received, expected, policy.consent, now));
  for (const ReceivedPresentation& one : received) {
    MIBUN_CHECK(check_status(one, policy));
    one.add_evidence(response);
    response.credentials[one.id()].push_back(one.result(*expected.query.find(one.id())));
  }
  return response;
}

Result<ReceivedResponse> read_payload(const json::Object& payload, const ExpectedResponse& expected,
                                      const ResponsePolicy& policy, Instant now) {
  const json::Value* state = payload.if_contains("state");
  if (state != nullptr && !state->is_string()) return malformed("response.state", "state is a string");
  MIBUN_CHECK(check_state(state == nullptr ? std::nullopt : std::optional(std::string_view(state->get_string())),
                          expected, "response.state"));
  if (const json::Value* refused = payload.if_contains("error"); refused != nullptr) {
    if (!refused->is_string() || payload.contains("vp_token")) return malformed("response.error", "not an error");
    return RefusedResponse{known_error(refused->get_string())};
  }
  MIBUN_CHECK(check_pairing(payload, expected));
  return judge(payload, expected, policy, now);
}

Result<ReceivedResponse> read_encrypted(std::string_view encrypted, const ExpectedResponse& expected,
                                        const ResponsePolicy& policy, Instant now) {
  MIBUN_TRY(const json::Object payload, decrypt(encrypted, expected));
  return read_payload(payload, expected, policy, now);
}

// Parameters of an answer in the clear: vp_token and consent_proofs are JSON, the others texts.
Result<json::Object> plain_payload(const form::Fields& fields) {
  json::Object payload;
  for (const auto& [name, value] : fields.all()) {
    if (name != "vp_token" && name != kConsentProofsMember) {
      payload[name] = value;
      continue;
    }
    auto object = json::parse_object(value, {.bytes_max = kResponseBytesMax});
    if (!object) return malformed(name, "not a JSON object");
    payload[name] = std::move(*object);
  }
  return payload;
}

}  // namespace

Result<ReceivedResponse> receive_response(std::string_view form_body, const ExpectedResponse& expected,
                                          const ResponsePolicy& policy, Instant now) {
  MIBUN_CHECK(check_anchors(policy));
  if (form_body.size() > kResponseBytesMax) return malformed("response", "the response is too large");
  MIBUN_INVARIANT(!is_browsers(expected.mode));
  MIBUN_TRY(const form::Fields fields, form::Fields::parse(form_body));
  if (!is_encrypted(expected.mode)) {
    if (fields.find("response")) return malformed("response", "nobody asked for an encrypted answer");
    MIBUN_TRY(const json::Object payload, plain_payload(fields));
    return read_payload(payload, expected, policy, now);
  }
  // Encryption was asked for; whoever sends it in the clear is not a wallet that read the request.
  if (fields.find("vp_token")) return fail(ErrorCode::oid4vp_response_not_encrypted, "vp_token");
  MIBUN_CHECK(check_state(fields.find("state"), expected, "state"));

  const auto encrypted = fields.find("response");
  const auto error = fields.find("error");
  if (encrypted.has_value() == error.has_value()) return malformed("response", "one of response and error is expected");
  if (error) return RefusedResponse{known_error(*error)};

  return read_encrypted(*encrypted, expected, policy, now);
}

Result<ReceivedResponse> receive_dc_api_response(const json::Object& data, const ExpectedResponse& expected,
                                                 const ResponsePolicy& policy, Instant now) {
  MIBUN_CHECK(check_anchors(policy));
  MIBUN_INVARIANT(is_browsers(expected.mode));
  if (!is_encrypted(expected.mode)) {
    if (data.contains("response")) return malformed("data.response", "nobody asked for an encrypted answer");
    return read_payload(data, expected, policy, now);
  }
  if (data.contains("vp_token")) return fail(ErrorCode::oid4vp_response_not_encrypted, "data.vp_token");
  const json::Value* encrypted = data.if_contains("response");
  if (encrypted == nullptr || !encrypted->is_string() || encrypted->get_string().size() > kResponseBytesMax) {
    return malformed("data.response", "an encrypted answer is expected");
  }
  return read_encrypted(encrypted->get_string(), expected, policy, now);
}
}  // namespace mibun::oid4vp
