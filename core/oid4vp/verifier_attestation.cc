#include "core/oid4vp/verifier_attestation.h"

#include <array>
#include <utility>

#include "core/codecs/shape_errors.h"
#include "core/crypto/certificate_names.h"
#include "core/jose/jws.h"

namespace mibun::oid4vp {
namespace {

// kid may stand beside x5c; it is never used to find a key.
constexpr std::array<std::string_view, 2> kKeyHeaders = {"x5c", "kid"};
constexpr std::size_t kRedirectUrisMax = 20;

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), std::move(detail));
}

constexpr ShapeErrors shape{ErrorCode::oid4vp_invalid_request};

Result<jose::Jwk> read_key(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Object* const cnf, shape(reader.object("cnf")));
  const json::Value* jwk = cnf->if_contains("jwk");
  if (jwk == nullptr || !jwk->is_object()) return invalid(reader.place("cnf"), "there is no jwk");
  auto key = jose::Jwk::parse(jwk->get_object());
  if (!key && key.error().code == ErrorCode::private_key_rejected) return pass_error(key);
  if (!key || !key->check_use(jose::KeyUse::signature)) return invalid(reader.place("cnf"), "no key for signatures");
  return key;
}

Result<std::optional<std::vector<std::string>>> read_redirect_uris(json::ObjectReader& reader) {
  MIBUN_TRY(const json::Array* const array, shape(reader.optional_array("redirect_uris")));
  if (array == nullptr) return std::nullopt;
  const std::string where = reader.place("redirect_uris");
  if (array->size() > kRedirectUrisMax) return invalid(where, "too many addresses");
  return shape(json::string_array(*array, where));
}

}  // namespace

Result<std::string> sign_verifier_attestation(const VerifierAttestation& attestation, const crypto::Signer& registrar,
                                              std::span<const Bytes> chain) {
  json::Object cnf;
  cnf["jwk"] = attestation.key.to_json();
  json::Object payload{{"iss", attestation.issuer},
                       {"sub", attestation.subject},
                       {"iat", attestation.issued_at.unix_seconds()},
                       {"exp", attestation.expires_at.unix_seconds()},
                       {"cnf", std::move(cnf)}};
  if (attestation.redirect_uris) {
    json::Array addresses;
    for (const std::string& address : *attestation.redirect_uris) addresses.emplace_back(address);
    payload["redirect_uris"] = std::move(addresses);
  }
  return jose::sign_jws({{"typ", kVerifierAttestationType}, {"x5c", jose::x5c_member(chain)}}, payload, registrar);
}

Result<VerifiedAttestation> VerifiedAttestation::verify(std::string_view text, std::string_view subject,
                                                        const crypto::TrustAnchors& registrars, Instant now) {
  MIBUN_CHECK(registrars.check_purpose(crypto::CertificatePurpose::registrar));
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(text));
  MIBUN_TRY(const crypto::CertificateChain chain, jws.x5c());
  MIBUN_TRY(const crypto::Certificate registrar, registrars.verify_chain(chain, now));
  MIBUN_TRY(const jose::VerifiedJws verified,
            jws.verify(registrar.public_key(), {kVerifierAttestationType, kKeyHeaders}));
  const json::Object& payload = verified.payload();
  MIBUN_CHECK(jose::check_times(payload, {.iat_required = false}, now));
  json::ObjectReader reader(payload, "attestation");
  MIBUN_TRY(const std::string_view issuer, shape(reader.string("iss")));
  MIBUN_CHECK(crypto::check_names_issuer(registrar, issuer));
  MIBUN_TRY(const std::string_view sub, shape(reader.string("sub")));
  if (sub != subject) {
    return fail(ErrorCode::oid4vp_client_id_mismatch, reader.place("sub"), "the attestation is another client's");
  }
  MIBUN_TRY(jose::Jwk key, read_key(reader));
  MIBUN_TRY(auto redirect_uris, read_redirect_uris(reader));
  return VerifiedAttestation(subject, text, std::move(key), std::move(redirect_uris));
}

}  // namespace mibun::oid4vp
