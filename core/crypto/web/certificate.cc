#include "core/crypto/web/certificate.h"

#include <algorithm>
#include <string_view>

#include "core/base/sort.h"
#include "core/crypto/web/algorithm.h"
#include "core/crypto/web/extensions.h"
#include "core/crypto/web/key.h"
#include "core/crypto/web/name.h"
#include "core/crypto/web/pss.h"
#include "core/crypto/x509_shape.h"

namespace mibun::crypto::web {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::certificate_malformed;
constexpr std::string_view kRsaPss = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
// Contents of identifiers: the extensions outside id-ce that have to decode.
constexpr std::string_view kNetscapeType = "\x60\x86\x48\x01\x86\xf8\x42\x01\x01",
                           kProxyInfo = "\x2b\x06\x01\x05\x05\x07\x01\x0e",
                           kAddressBlocks = "\x2b\x06\x01\x05\x05\x07\x01\x07",
                           kAsIdentifiers = "\x2b\x06\x01\x05\x05\x07\x01\x08";

std::unexpected<Error> malformed(const char* where) {
  return fail(kMalformed, where);
}

// ---- the fields ----

Status check_version(BytesView wrapped) {
  der::Reader inner(wrapped, kMalformed, "der");
  MIBUN_TRY(const BytesView version, inner.value(der::kInteger));
  MIBUN_CHECK(inner.end());
  return version.size() == 1 && version[0] == 2 ? Status{} : Status(malformed("version"));
}

// Nobody reads them, so unused bits may be anything; there must be a count of them.
Status check_unique_ids(const std::vector<BytesView>& ids) {
  const bool good = std::ranges::all_of(ids, [](BytesView id) { return !id.empty() && id[0] <= 7; });
  return good ? Status{} : Status(malformed("der"));
}

// The digest of RSASSA-PSS stands in its parameters.
Result<SignatureMethod> read_method(BytesView der) {
  MIBUN_TRY(const Algorithm algorithm, read_algorithm(der, "der"));
  if (as_text(algorithm.oid) != kRsaPss) return read_signature_method(der, kMalformed);
  const auto pss = read_pss_parameters(algorithm.parameters);
  return pss ? signature_method(KeyKind::rsa_pss, pss->digest) : SignatureMethod{};
}

// ---- the subject ----

constexpr std::string_view kCommonName = "\x55\x04\x03", kCountry = "\x55\x04\x06", kState = "\x55\x04\x08",
                           kOrganization = "\x55\x04\x0a";

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The first attribute of that kind, empty when absent.
Result<std::string> attribute(const std::vector<NameAttribute>& name, std::string_view oid) {
  const auto is_it = [&](const NameAttribute& one) { return as_text(one.oid) == oid; };
  const auto found = std::ranges::find_if(name, is_it);
  if (found == name.end()) return std::string();
  auto text = attribute_text(found->value);
  if (!text || has_control(*text)) return malformed("subject");
  return *std::move(text);
}

std::size_t count_of(const std::vector<NameAttribute>& name, std::string_view oid) {
  const auto is_it = [&](const NameAttribute& one) { return as_text(one.oid) == oid; };
  return static_cast<std::size_t>(std::ranges::count_if(name, is_it));
}

Status read_subject(const std::vector<NameAttribute>& subject, Certificate::Parts& parts) {
  MIBUN_TRY(parts.common_name, attribute(subject, kCommonName));
  MIBUN_TRY(parts.organization, attribute(subject, kOrganization));
  MIBUN_TRY(parts.country, attribute(subject, kCountry));
  MIBUN_TRY(parts.state_or_province, attribute(subject, kState));
  parts.country_count = count_of(subject, kCountry);
  parts.state_or_province_count = count_of(subject, kState);
  parts.subject = name_text(subject);
  return {};
}

// ---- the extensions ----

Status read_alternative_names(BytesView value, Certificate::Parts& parts) {
  constexpr const char* kWhere = "subjectAltName";
  MIBUN_TRY(const auto names, read_general_names(value));
  if (names.empty()) return malformed(kWhere);
  for (const GeneralName& name : names) {
    if (name.tag == kDnsTag || name.tag == kUriTag) {
      MIBUN_TRY(std::string text, ascii_name(name.value, kWhere));
      (name.tag == kDnsTag ? parts.san_dns : parts.san_uri).push_back(std::move(text));
    } else if (name.tag == kIpTag && name.value.size() != 4 && name.value.size() != 16) {
      return malformed(kWhere);
    }
  }
  return {};
}

Status read_crl_names(BytesView value, Certificate::Parts& parts) {
  MIBUN_TRY(const auto names, read_distribution_points(value));
  for (const GeneralName& name : names) {
    parts.crl_names.push_back(to_bytes(name.der));
    if (name.tag != kUriTag) continue;
    MIBUN_TRY(std::string uri, ascii_name(name.value, "cRLDistributionPoints"));
    parts.crl_uris.push_back(std::move(uri));
  }
  return {};
}

// One that does not decode says nothing: only the mdoc profiles ask for it.
bool has_contact(BytesView issuer_names) {
  const auto names = read_general_names(issuer_names);
  return names && std::ranges::any_of(
                      *names, [](const GeneralName& name) { return name.tag == kMailTag || name.tag == kUriTag; });
}

Status read_standard_extension(std::uint8_t id, BytesView value, Certificate::Parts& parts) {
  switch (id) {
    case id_ce::kBasicConstraints: {
      MIBUN_TRY(parts.basic_constraints, read_basic_constraints(value));
      return {};
    }
    case id_ce::kKeyUsage: {
      MIBUN_TRY(parts.key_usage, read_key_usage(value));
      return {};
    }
    case id_ce::kExtKeyUsage: {
      MIBUN_TRY(parts.extended_key_usages, read_extended_key_usages(value));
      return {};
    }
    case id_ce::kSubjectKeyIdentifier: {
      MIBUN_TRY(parts.subject_key_id, read_subject_key_id(value));
      return {};
    }
    case id_ce::kAuthorityKeyIdentifier: {
      MIBUN_TRY(parts.authority_key_id, read_authority_key_id(value));
      return {};
    }
    case id_ce::kSubjectAltName:
      return read_alternative_names(value, parts);
    case id_ce::kIssuerAltName:
      parts.issuer_has_contact = has_contact(value);
      return {};
    case id_ce::kCrlDistributionPoints:
      return read_crl_names(value, parts);
    case id_ce::kNameConstraints:
      return check_name_constraints(value);
    default:
      return {};
  }
}

// Those outside id-ce are not known to be DER yet.
Status check_other_extension(const der::Extension& extension) {
  const std::string_view oid = as_text(extension.oid);
  const auto check_with = [&](Status (*check)(BytesView)) -> Status {
    MIBUN_CHECK(der::check(extension.value, kMalformed, "extensions"));
    return check(extension.value);
  };
  if (oid == kNetscapeType) return check_with(check_netscape_type);
  if (oid == kProxyInfo) return check_with(check_proxy_info);
  if (oid == kAddressBlocks) return check_with(check_address_blocks);
  if (oid == kAsIdentifiers) return check_with(check_as_identifiers);
  return {};
}

bool has_duplicates(const std::vector<der::Extension>& extensions) {
  std::vector<std::string_view> oids;
  for (const der::Extension& one : extensions) oids.push_back(as_text(one.oid));
  sort(oids);
  return std::ranges::adjacent_find(oids) != oids.end();
}

// RFC 3820, section 3: a proxy is no authority and has no name but its subject.
bool is_bad_proxy(const Certificate::Parts& parts) {
  const bool proxy =
      std::ranges::any_of(parts.extensions, [](const der::Extension& one) { return as_text(one.oid) == kProxyInfo; });
  return proxy && (parts.is_ca_flagged() || parts.extension(id_ce::kSubjectAltName) != nullptr ||
                   parts.extension(id_ce::kIssuerAltName) != nullptr);
}

Status read_extensions(Certificate::Parts& parts) {
  if (has_duplicates(parts.extensions)) return malformed("extensions");
  for (const der::Extension& one : parts.extensions) {
    const std::uint8_t id = id_ce_of(one.oid);
    MIBUN_CHECK(id != 0 ? read_standard_extension(id, one.value, parts) : check_other_extension(one));
  }
  return is_bad_proxy(parts) ? Status(malformed("extensions")) : Status{};
}

}  // namespace

Result<std::shared_ptr<const Certificate::Parts>> parse_certificate(BytesView der) {
  if (der.size() > kCertificateBytesMax) return malformed("size");
  auto parts = std::make_shared<Certificate::Parts>();
  parts->der = to_bytes(der);
  MIBUN_TRY(CertificateShape shape, read_certificate_shape(parts->der));
  parts->tbs = shape.tbs;
  parts->signature_algorithm = shape.algorithm;
  parts->signature = shape.signature;
  parts->spki = shape.spki;
  parts->not_before = shape.not_before;
  parts->not_after = shape.not_after;
  parts->serial = to_bytes(shape.serial);
  parts->issuer_der = to_bytes(shape.issuer);
  parts->subject_der = to_bytes(shape.subject);
  parts->extensions = std::move(shape.extensions);
  MIBUN_TRY(parts->method, read_method(shape.algorithm));
  MIBUN_TRY(const auto issuer, read_name(shape.issuer, "der"));
  MIBUN_TRY(const auto subject, read_name(shape.subject, "der"));
  MIBUN_CHECK(check_unique_ids(shape.unique_ids));
  MIBUN_CHECK(check_version(shape.version));
  MIBUN_CHECK(read_extensions(*parts));
  MIBUN_TRY(parts->key, read_key(shape.spki));
  MIBUN_CHECK(check_serial(shape.serial));
  MIBUN_CHECK(read_subject(subject, *parts));
  parts->self_issued = canonical_name(subject) == canonical_name(issuer);
  parts->public_key = PublicKey::from_spki(shape.spki);
  parts->sha256 = crypto::sha256(der);
  return parts;
}

bool same_name(BytesView a, BytesView b) {
  if (std::ranges::equal(a, b)) return true;
  const auto left = read_name(a, "name"), right = read_name(b, "name");
  return left && right && canonical_name(*left) == canonical_name(*right);
}

Result<std::string> name_text(BytesView name) {
  MIBUN_TRY(const auto read, read_name(name, "name"));
  return name_text(read);
}

}  // namespace mibun::crypto::web
