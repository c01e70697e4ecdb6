#include "platform/keyd/signing_names.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor.h"
#include "core/codecs/json.h"
#include "core/crypto/to_be_certified.h"

namespace mibun::keyd {
namespace {

using crypto::CertificatePurpose;

constexpr std::array<std::string_view, 4> kOfCards{"dc+sd-jwt", "statuslist+jwt", "openidvci-issuer-metadata+jwt",
                                                   "mibun-server-metadata+jwt"};
constexpr std::array<std::string_view, 2> kOfRegistrations{"mibun-partner-registration+jwt",
                                                           "verifier-attestation+jwt"};
constexpr std::array<std::string_view, 2> kOfReceipts{"mibun-consent-receipt+jwt", "mibun-erasure-receipt+jwt"};
constexpr std::array<std::string_view, 2> kOfAttestations{"oauth-client-attestation+jwt", "key-attestation+jwt"};
constexpr std::array<std::string_view, 1> kOfPush{"JWT"};  // RFC 8292, section 2

constexpr std::array kIssuers{CertificatePurpose::credential_issuer};
constexpr std::array kDocumentSigners{CertificatePurpose::mdoc_document_signer};
constexpr std::array kRegistrars{CertificatePurpose::registrar};
constexpr std::array kReceipts{CertificatePurpose::receipt};
constexpr std::array kProviders{CertificatePurpose::wallet_provider};
constexpr std::array kReaders{CertificatePurpose::verifier_access, CertificatePurpose::mdoc_reader};

constexpr SigningName of_jwts(std::string_view name, Purpose purpose, std::span<const std::string_view> types) {
  return {name, purpose, true, types, {}};
}
constexpr SigningName authority(std::string_view name, std::span<const CertificatePurpose> certifies) {
  return {name, Purpose::certify, true, {}, certifies};
}

constexpr std::array kNames{
    of_jwts("issuer", Purpose::sign_card, kOfCards),
    of_jwts("registrar", Purpose::sign_registration, kOfRegistrations),
    of_jwts("receipt", Purpose::sign_receipt, kOfReceipts),
    of_jwts("wallet-provider", Purpose::sign_attestation, kOfAttestations),
    // Browsers subscribed to this very key.
    SigningName{"push-sender", Purpose::sign_push, false, kOfPush, {}},
    SigningName{"document-signer", Purpose::sign_mdoc, true, {}, {}},
    authority("issuer-root", kIssuers),
    authority("registrar-root", kRegistrars),
    authority("receipt-root", kReceipts),
    authority("wallet-provider-root", kProviders),
    authority("iaca-root", kDocumentSigners),
    authority("access-root", kReaders),
};

// RFC 7515, section 5.1: BASE64URL(header) "." BASE64URL(payload).
bool is_jwt_of(std::span<const std::string_view> types, std::string_view message) {
  const auto dot = message.find('.');
  if (dot == std::string_view::npos || message.find('.', dot + 1) != std::string_view::npos) return false;
  const auto header = base64url::decode(message.substr(0, dot));
  if (!header) return false;
  const auto object = json::parse_object(as_text(*header));
  if (!object) return false;
  const json::Value* type = object->if_contains("typ");
  return type != nullptr && type->is_string() &&
         std::ranges::find(types, std::string_view(type->get_string())) != types.end();
}

// RFC 9052, section 4.4, over ISO/IEC 18013-5, section 9.1.2.4: ["Signature1", protected, external_aad, 24(<<MSO>>)].
Result<bool> is_sig_structure_over_mso(BytesView message) {
  cbor::Reader reader(message);
  MIBUN_TRY(const std::uint64_t count, reader.read_array());
  if (count != 4) return false;
  MIBUN_TRY(const std::string_view context, reader.read_text());
  MIBUN_CHECK(reader.read_bytes());
  MIBUN_TRY(const BytesView external, reader.read_bytes());
  MIBUN_TRY(const BytesView payload, reader.read_bytes());
  if (context != "Signature1" || !external.empty() || !reader.at_end()) return false;
  cbor::Reader inner(payload);
  MIBUN_TRY(const cbor::Embedded mso, inner.read_embedded());
  return inner.at_end() && !mso.content.empty() && mso.content.front() >> 5 == 5;  // a map
}

std::unexpected<Error> not_allowed(const SigningName& name) {
  return fail(ErrorCode::keyd_purpose_not_allowed, std::string(name.name), "this key signs nothing of that kind");
}

}  // namespace

std::span<const SigningName> signing_names() {
  return kNames;
}

const SigningName* find_signing_name(std::string_view name) {
  const auto* const row = std::ranges::find(kNames, name, &SigningName::name);
  return row == kNames.end() ? nullptr : &*row;
}

std::string stem_of(const SigningKeyId& id) {
  return id.generation == 1 ? id.name : id.name + "-" + std::to_string(id.generation);
}

std::optional<SigningKeyId> parse_stem(std::string_view stem) {
  if (find_signing_name(stem) != nullptr) return SigningKeyId{std::string(stem), 1};
  const auto dash = stem.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  SigningKeyId id{std::string(stem.substr(0, dash)), 0};
  const char* end = stem.data() + stem.size();
  const auto [stop, failed] = std::from_chars(stem.data() + dash + 1, end, id.generation);
  if (failed != std::errc() || stop != end || id.generation < 2 || id.generation > kGenerationsMax) return std::nullopt;
  if (find_signing_name(id.name) == nullptr || stem_of(id) != stem) return std::nullopt;
  return id;
}

Status check_signed_content(const SigningName& name, BytesView message, std::span<const crypto::PublicKey> own) {
  if (name.purpose == Purpose::certify) {
    return crypto::check_to_be_certified(message, own, name.certifies) ? Status() : not_allowed(name);
  }
  const bool is_right = name.purpose == Purpose::sign_mdoc ? is_sig_structure_over_mso(message).value_or(false)
                                                           : is_jwt_of(name.types, as_text(message));
  return is_right ? Status() : not_allowed(name);
}

}  // namespace mibun::keyd
