#include "core/crypto/crl.h"

#include <algorithm>

#include "core/base/sort.h"
#include "core/crypto/certificate_parts.h"
#include "core/crypto/crl_internal.h"
#include "core/crypto/der.h"
#include "core/crypto/pem.h"

namespace mibun::crypto {
namespace {

using der::Reader;

constexpr std::uint8_t kVersion2[] = {1};
constexpr std::uint8_t kExtensionsTag = der::kContext0 | der::kConstructed;
constexpr std::size_t kNumberBytesMax = 20;  // RFC 5280, section 5.2.3

// id-ce: 2.5.29.x
constexpr std::uint8_t kIssuerAltName = 18, kCrlNumber = 20, kReasonCode = 21, kInvalidityDate = 24,
                       kDeltaIndicator = 27, kIssuingDistributionPoint = 28, kAuthorityKeyId = 35;
constexpr std::uint8_t kRemoveFromCrl = 8;

std::unexpected<Error> malformed(const char* where) {
  return fail(ErrorCode::crl_malformed, where);
}

std::unexpected<Error> unsupported(const char* where, const char* detail) {
  return fail(ErrorCode::crl_unsupported, where, detail);
}

Reader reader(BytesView value, const char* where) {
  return {value, ErrorCode::crl_malformed, where};
}

bool shorter_first(BytesView a, BytesView b) {
  return a.size() != b.size() ? a.size() < b.size() : std::ranges::lexicographical_compare(a, b);
}

Status read_entry_extensions(BytesView extensions) {
  if (extensions.empty()) return malformed("crlEntryExtensions");
  std::vector<BytesView> seen;
  for (Reader rest = reader(extensions, "crlEntryExtensions"); !rest.empty();) {
    MIBUN_TRY(const der::Extension one, der::next_extension(rest, ErrorCode::crl_malformed, "crlEntryExtensions"));
    if (std::ranges::any_of(seen, [&](BytesView oid) { return std::ranges::equal(oid, one.oid); })) {
      return malformed("crlEntryExtensions");
    }
    seen.push_back(one.oid);
    const std::uint8_t id = id_ce_of(one.oid);
    if (id == kReasonCode) {
      MIBUN_TRY(const BytesView reason, reader(one.value, "reasonCode").value(der::kEnumerated));
      // Only a delta takes a certificate off: RFC 5280, section 5.3.1.
      if (reason.size() != 1 || reason[0] > 10 || reason[0] == 7 || reason[0] == kRemoveFromCrl) {
        return malformed("reasonCode");
      }
    } else if (one.critical && id != kInvalidityDate) {
      return unsupported("crlEntryExtensions", "a critical extension that is not understood");
    }
  }
  return {};
}

Status read_entries(BytesView entries, Crl::Parts& parts) {
  if (entries.empty()) return malformed("revokedCertificates");
  for (Reader rest = reader(entries, "revokedCertificates"); !rest.empty();) {
    if (parts.serials.size() == kCrlEntriesMax) return malformed("revokedCertificates");
    MIBUN_TRY(const BytesView entry, rest.value(der::kSequence));
    Reader fields = reader(entry, "revokedCertificates");
    MIBUN_TRY(const BytesView serial, fields.value(der::kInteger));
    MIBUN_TRY(const tlv::Node date, fields.any());
    MIBUN_CHECK(der::instant(date, ErrorCode::crl_malformed, "revocationDate"));
    if (!fields.empty()) {
      MIBUN_TRY(const BytesView extensions, fields.value(der::kSequence));
      MIBUN_CHECK(read_entry_extensions(extensions));
    }
    MIBUN_CHECK(fields.end());
    parts.serials.push_back(serial);
  }
  sort(parts.serials, shorter_first);
  return {};
}

Result<BytesView> read_key_identifier(BytesView value) {
  MIBUN_TRY(const BytesView sequence, reader(value, "authorityKeyIdentifier").value(der::kSequence));
  Reader fields = reader(sequence, "authorityKeyIdentifier");
  if (!fields.next_is(der::kContext0)) return BytesView{};
  return fields.value(der::kContext0);
}

// IssuingDistributionPoint: RFC 5280, section 5.2.5. Every field has a tag of its own, in this order, and is there
// once.
Status read_issuing_distribution_point(BytesView value, Crl::Parts& parts) {
  constexpr const char* kWhere = "issuingDistributionPoint";
  constexpr std::uint8_t kPoint = 0xa0, kOnlyUsers = 0x81, kOnlyCas = 0x82, kSomeReasons = 0x83, kIndirect = 0x84,
                         kOnlyAttributes = 0x85, kFullName = 0xa0;
  MIBUN_TRY(const BytesView sequence, reader(value, kWhere).value(der::kSequence));
  if (sequence.empty()) return malformed(kWhere);
  Reader fields = reader(sequence, kWhere);
  if (fields.next_is(kPoint)) {
    MIBUN_TRY(const BytesView point, fields.value(kPoint));
    Reader choice = reader(point, kWhere);
    if (!choice.next_is(kFullName)) return unsupported(kWhere, "a name relative to the issuer");
    MIBUN_TRY(const BytesView names, choice.value(kFullName));
    MIBUN_CHECK(choice.end());
    if (names.empty()) return malformed(kWhere);
    for (Reader rest = reader(names, kWhere); !rest.empty();) {
      MIBUN_TRY(const BytesView name, rest.whole());
      parts.distribution_point.push_back(name);
    }
  }
  bool said[3] = {};
  constexpr std::uint8_t kScopes[] = {kOnlyUsers, kOnlyCas};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!fields.next_is(kScopes[i])) continue;
    MIBUN_TRY(const BytesView truth, fields.value(kScopes[i]));
    if (truth.size() != 1 || truth[0] != 0xff) return malformed(kWhere);
    said[i] = true;
  }
  if (said[0] && said[1]) return malformed(kWhere);
  if (said[0]) parts.scope = Crl::Scope::user_certificates;
  if (said[1]) parts.scope = Crl::Scope::ca_certificates;
  if (fields.next_is(kSomeReasons) || fields.next_is(kIndirect) || fields.next_is(kOnlyAttributes)) {
    return unsupported(kWhere, "a list of some reasons, of other issuers, or of attribute certificates");
  }
  return fields.end();
}

Status read_extension(const der::Extension& extension, Crl::Parts& parts) {
  switch (id_ce_of(extension.oid)) {
    case kAuthorityKeyId: {
      MIBUN_TRY(parts.authority_key_id, read_key_identifier(extension.value));
      return {};
    }
    case kCrlNumber: {
      MIBUN_TRY(const BytesView number, reader(extension.value, "cRLNumber").value(der::kInteger));
      if (number.size() > kNumberBytesMax || number[0] >= 0x80) return malformed("cRLNumber");
      return {};
    }
    case kIssuingDistributionPoint:
      return read_issuing_distribution_point(extension.value, parts);
    case kDeltaIndicator:
      return unsupported("deltaCRLIndicator", "a list of changes");
    case kIssuerAltName:
      return {};
    default:
      if (extension.critical) return unsupported("crlExtensions", "a critical extension that is not understood");
      return {};
  }
}

Status read_extensions(BytesView wrapped, Crl::Parts& parts) {
  Reader outer = reader(wrapped, "crlExtensions");
  MIBUN_TRY(const BytesView extensions, outer.value(der::kSequence));
  MIBUN_CHECK(outer.end());
  if (extensions.empty()) return malformed("crlExtensions");
  std::vector<BytesView> seen;
  for (Reader rest = reader(extensions, "crlExtensions"); !rest.empty();) {
    MIBUN_TRY(const der::Extension one, der::next_extension(rest, ErrorCode::crl_malformed, "crlExtensions"));
    if (std::ranges::any_of(seen, [&](BytesView oid) { return std::ranges::equal(oid, one.oid); })) {
      return malformed("crlExtensions");
    }
    seen.push_back(one.oid);
    if (seen.size() > 32) return malformed("crlExtensions");
    MIBUN_CHECK(read_extension(one, parts));
  }
  return {};
}

// `algorithm`: the one outside, which the one inside must repeat.
Status read_list(BytesView tbs, BytesView algorithm, Crl::Parts& parts) {
  Reader fields = reader(tbs, "tbsCertList");
  MIBUN_TRY(const BytesView version, fields.value(der::kInteger));  // absent: version 1, which has no extensions
  if (!std::ranges::equal(version, kVersion2)) return malformed("version");
  MIBUN_TRY(const BytesView inner, fields.whole(der::kSequence));
  if (!std::ranges::equal(inner, algorithm)) return malformed("signatureAlgorithm");
  MIBUN_TRY(parts.issuer_der, fields.whole(der::kSequence));
  const auto issuer = name_text(parts.issuer_der);
  if (!issuer || issuer->empty()) return malformed("issuer");
  parts.issuer = *issuer;
  MIBUN_TRY(const tlv::Node this_update, fields.any());
  MIBUN_TRY(parts.this_update, der::instant(this_update, ErrorCode::crl_malformed, "thisUpdate"));
  MIBUN_TRY(const tlv::Node next_update, fields.any());
  MIBUN_TRY(parts.next_update, der::instant(next_update, ErrorCode::crl_malformed, "nextUpdate"));
  if (parts.next_update < parts.this_update) return malformed("nextUpdate");
  if (fields.next_is(der::kSequence)) {
    MIBUN_TRY(const BytesView entries, fields.value(der::kSequence));
    MIBUN_CHECK(read_entries(entries, parts));
  }
  if (fields.next_is(kExtensionsTag)) {
    MIBUN_TRY(const BytesView extensions, fields.value(kExtensionsTag));
    MIBUN_CHECK(read_extensions(extensions, parts));
  }
  return fields.end();
}

}  // namespace

bool Crl::Parts::lists(BytesView serial) const {
  return std::ranges::binary_search(serials, serial, shorter_first);
}

Result<Crl> Crl::parse(BytesView der_bytes) {
  if (der_bytes.empty() || der_bytes.size() > kCrlBytesMax) return malformed("size");
  auto parts = std::make_shared<Parts>();
  parts->der = to_bytes(der_bytes);
  MIBUN_CHECK(der::check(parts->der, ErrorCode::crl_malformed, "der"));
  MIBUN_TRY(const BytesView list, reader(parts->der, "der").value(der::kSequence));
  Reader fields = reader(list, "certificateList");
  MIBUN_TRY(parts->tbs, fields.whole(der::kSequence));
  MIBUN_TRY(const BytesView algorithm, fields.whole(der::kSequence));
  MIBUN_TRY(parts->method, read_signature_method(algorithm, ErrorCode::crl_malformed));
  MIBUN_TRY(const BytesView signature, fields.value(der::kBitString));
  MIBUN_CHECK(fields.end());
  if (signature[0] != 0) return malformed("signature");
  parts->signature = signature.subspan(1);
  MIBUN_TRY(const BytesView tbs, reader(parts->tbs, "tbsCertList").value(der::kSequence));
  MIBUN_CHECK(read_list(tbs, algorithm, *parts));
  parts->sha256 = crypto::sha256(parts->der);
  return Crl(std::move(parts));
}

Result<Crl> Crl::from_pem(std::string_view pem) {
  MIBUN_TRY(const Bytes der, single_pem_block(pem, "X509 CRL"));
  return parse(der);
}

BytesView Crl::der() const {
  return parts_->der;
}
const Sha256Digest& Crl::sha256() const {
  return parts_->sha256;
}
const std::string& Crl::issuer() const {
  return parts_->issuer;
}
Instant Crl::this_update() const {
  return parts_->this_update;
}
Instant Crl::next_update() const {
  return parts_->next_update;
}
Crl::Scope Crl::scope() const {
  return parts_->scope;
}
std::size_t Crl::size() const {
  return parts_->serials.size();
}
std::string Crl::pem() const {
  return pem_block("X509 CRL", der());
}

}  // namespace mibun::crypto
