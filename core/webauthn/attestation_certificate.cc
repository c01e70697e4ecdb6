#include "core/webauthn/attestation_certificate.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/codecs/tlv.h"

namespace mibun::webauthn {
namespace {

constexpr std::uint32_t kBoolean = 0x01, kInteger = 0x02, kOctetString = 0x04, kOid = 0x06, kSequence = 0x30,
                        kSet = 0x31, kVersion = 0xA0, kExtensions = 0xA3;

// Object identifiers by their DER content.
constexpr std::array<std::uint8_t, 3> kCountry{0x55, 0x04, 0x06}, kOrganization{0x55, 0x04, 0x0A},
    kOrganizationalUnit{0x55, 0x04, 0x0B}, kCommonName{0x55, 0x04, 0x03}, kBasicConstraints{0x55, 0x1D, 0x13};
constexpr std::array<std::uint8_t, 11> kAaguidExtension{0x2B, 0x06, 0x01, 0x04, 0x01, 0x82,
                                                        0xE5, 0x1C, 0x01, 0x01, 0x04};

struct Extension {
  bool critical = false;
  Bytes value;
};
using Names = std::map<Bytes, std::string>;
using Extensions = std::map<Bytes, Extension>;

struct Fields {
  Names subject;
  Extensions extensions;
};

std::unexpected<Error> invalid(const char* detail) {
  return fail(ErrorCode::webauthn_attestation_invalid, "attStmt.x5c[0]", detail);
}

// The children of `node`, or none when it is not a constructed object with this tag.
std::vector<tlv::Node> children(const tlv::Node& node, std::uint32_t tag) {
  if (node.tag != tag) return {};
  return tlv::read_all(node.value).value_or(std::vector<tlv::Node>{});
}

Result<Names> read_names(const tlv::Node& name) {
  Names names;
  for (const tlv::Node& set : children(name, kSequence)) {
    for (const tlv::Node& attribute : children(set, kSet)) {
      const auto parts = children(attribute, kSequence);
      if (parts.size() != 2 || parts[0].tag != kOid) return invalid("its subject cannot be read");
      if (!names.emplace(to_bytes(parts[0].value), as_text(parts[1].value)).second) {
        return invalid("its subject names something twice");
      }
    }
  }
  return names;
}

// Extension ::= SEQUENCE { extnID OID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
Result<Extensions> read_extensions(const tlv::Node& wrapper) {
  Extensions extensions;
  const auto lists = children(wrapper, kExtensions);
  if (lists.size() != 1) return invalid("its extensions cannot be read");
  for (const tlv::Node& node : children(lists[0], kSequence)) {
    const auto parts = children(node, kSequence);
    const bool flagged = parts.size() == 3 && parts[1].tag == kBoolean;
    if (parts.empty() || parts[0].tag != kOid || parts.back().tag != kOctetString ||
        parts.size() != (flagged ? 3U : 2U)) {
      return invalid("an extension cannot be read");
    }
    const bool critical = flagged && parts[1].value.size() == 1 && parts[1].value[0] != 0;
    if (!extensions.emplace(to_bytes(parts[0].value), Extension{critical, to_bytes(parts.back().value)}).second) {
      return invalid("an extension occurs twice");
    }
  }
  return extensions;
}

// TBSCertificate of version 3: [0] version, serial, algorithm, issuer, validity, subject, key, ..., [3] extensions
Result<Fields> read_fields(BytesView der) {
  const auto certificate = tlv::read_whole(der);
  if (!certificate) return invalid("it is not DER");
  const auto parts = children(*certificate, kSequence);
  if (parts.size() != 3) return invalid("it is not a certificate");
  const auto fields = children(parts[0], kSequence);
  if (fields.size() < 8 || fields[0].tag != kVersion || fields.back().tag != kExtensions) {
    return invalid("it is not of version 3 with extensions");
  }
  const auto version = children(fields[0], kVersion);
  if (version.size() != 1 || version[0].tag != kInteger || version[0].value.size() != 1 || version[0].value[0] != 2) {
    return invalid("it is not of version 3");
  }
  MIBUN_TRY(Names subject, read_names(fields[5]));
  MIBUN_TRY(Extensions extensions, read_extensions(fields.back()));
  return Fields{std::move(subject), std::move(extensions)};
}

template <std::size_t N>
Bytes key(const std::array<std::uint8_t, N>& oid) {
  return {oid.begin(), oid.end()};
}

Status check_subject(const Names& subject) {
  const auto filled = [&](const auto& oid) {
    const auto found = subject.find(key(oid));
    return found != subject.end() && !found->second.empty();
  };
  if (!filled(kCountry) || subject.at(key(kCountry)).size() != 2) return invalid("its subject has no country code");
  if (!filled(kOrganization) || !filled(kCommonName)) return invalid("its subject lacks an organization or a name");
  if (!filled(kOrganizationalUnit) || subject.at(key(kOrganizationalUnit)) != "Authenticator Attestation") {
    return invalid("its subject's unit is not Authenticator Attestation");
  }
  return {};
}

// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, ... }
Status check_not_ca(const Extensions& extensions) {
  const auto found = extensions.find(key(kBasicConstraints));
  if (found == extensions.end()) return invalid("it has no basic constraints");
  const auto constraints = tlv::read_whole(found->second.value);
  if (!constraints || constraints->tag != kSequence) return invalid("its basic constraints cannot be read");
  if (constraints->value.empty()) return {};
  const auto parts = children(*constraints, kSequence);
  if (parts.size() != 1 || parts[0].tag != kBoolean || parts[0].value.size() != 1 || parts[0].value[0] != 0) {
    return invalid("it is the certificate of a CA");
  }
  return {};
}

Status check_aaguid(const Extensions& extensions, const Aaguid& aaguid) {
  const auto found = extensions.find(key(kAaguidExtension));
  if (found == extensions.end()) return {};
  if (found->second.critical) return invalid("its AAGUID extension is critical");
  const auto value = tlv::read_whole(found->second.value);
  if (!value || value->tag != kOctetString || !std::ranges::equal(value->value, aaguid)) {
    return invalid("it is for another AAGUID");
  }
  return {};
}

}  // namespace

Status check_attestation_certificate(BytesView der, const Aaguid& aaguid) {
  MIBUN_TRY(const Fields fields, read_fields(der));
  MIBUN_CHECK(check_subject(fields.subject));
  MIBUN_CHECK(check_not_ca(fields.extensions));
  return check_aaguid(fields.extensions, aaguid);
}

}  // namespace mibun::webauthn
