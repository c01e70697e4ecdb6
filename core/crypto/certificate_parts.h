#pragma once

// For files in core/crypto only: what a certificate says, as facts, and what only a crypto library can do with it. The
// rules (x509_path, mdoc_profile, crl*, ca_certificate) stand on this and know no library. The functions of the second
// half are defined once for each platform: natively in x509.cc and x509_platform.cc, for the web in
// web/x509_platform.cc.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/certificate.h"
#include "core/crypto/der.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto {

// The certificate extensions (RFC 5280, section 4.2.1) that somebody here looks at: x of id-ce, 2.5.29.x.
namespace id_ce {
inline constexpr std::uint8_t kSubjectKeyIdentifier = 14, kKeyUsage = 15, kSubjectAltName = 17, kIssuerAltName = 18,
                              kBasicConstraints = 19, kNameConstraints = 30, kCrlDistributionPoints = 31,
                              kAuthorityKeyIdentifier = 35, kPolicyConstraints = 36, kExtKeyUsage = 37,
                              kInhibitAnyPolicy = 54;
}
// x of 2.5.29.x, 0 for every other identifier. `oid`: contents, without tag and length.
inline std::uint8_t id_ce_of(BytesView oid) {
  return oid.size() == 3 && oid[0] == 0x55 && oid[1] == 0x1d ? oid[2] : std::uint8_t{0};
}

// KeyUsage: the named bits of the first octet, and decipherOnly in the second, moved up by eight.
inline constexpr std::uint16_t kDigitalSignatureBit = 0x80, kKeyCertSignBit = 0x04, kCrlSignBit = 0x02;

struct BasicConstraints {
  bool ca = false;
  std::optional<std::uint64_t> path_length;  // none also when it is beyond counting
  friend bool operator==(const BasicConstraints&, const BasicConstraints&) = default;
};

struct Certificate::Parts {
  Parts() = default;
  Parts(const Parts&) = delete;  // has views into its own bytes
  Parts& operator=(const Parts&) = delete;

  Bytes der;
  BytesView tbs;                  // DER of the TBSCertificate: what is signed. Into der, like the views below
  BytesView signature_algorithm;  // DER of the AlgorithmIdentifier
  BytesView signature;            // contents of the BIT STRING, its count of unused bits first
  BytesView spki;                 // DER of the SubjectPublicKeyInfo
  std::vector<der::Extension> extensions;

  Result<PublicKey> public_key = fail(ErrorCode::public_key_malformed);  // an error when only CAs may have such a key
  SignerKey key;
  SignatureMethod method;
  Sha256Digest sha256{};
  Instant not_before, not_after;
  std::string subject, common_name, organization, country, state_or_province;
  std::size_t country_count = 0, state_or_province_count = 0;  // attributes of that kind in the subject
  std::vector<std::string> san_dns, san_uri, crl_uris;
  std::vector<Bytes> crl_names;     // DER of every name among the CRL distribution points
  bool issuer_has_contact = false;  // issuerAltName has a mail address or a URI
  Bytes serial, issuer_der, subject_der;
  bool self_issued = false;
  std::optional<BasicConstraints> basic_constraints;
  std::optional<std::uint16_t> key_usage;
  std::vector<Bytes> extended_key_usages;  // contents of the object identifiers
  std::optional<Bytes> subject_key_id, authority_key_id;

  struct Library;  // the native library's certificate; the web has none
  std::shared_ptr<const Library> library;

  bool is_ca_flagged() const { return basic_constraints && basic_constraints->ca; }
  bool has_key_usage(std::uint16_t bits) const { return key_usage && (*key_usage & bits) == bits; }
  // The extension 2.5.29.x, null when absent.
  const der::Extension* extension(std::uint8_t x) const;
};

// Contents of the OBJECT IDENTIFIER written with dots in our own code: "1.3.6.1.5.5.7.3.1".
Bytes object_identifier(std::string_view dotted);

// Reads an AlgorithmIdentifier that check() has passed, by its object identifier alone; RSASSA-PSS, whose digest stands
// in the parameters, has none here and is {other, other}. Errors: `what` at "signatureAlgorithm" (its shape).
Result<SignatureMethod> read_signature_method(BytesView algorithm, ErrorCode what);

// ---- defined for each platform ----

// A whole certificate in strict DER, of any kind of key that can be read: the rules of docs/formats/x509.md that hold
// for one certificate alone. Errors: certificate_malformed.
Result<std::shared_ptr<const Certificate::Parts>> parse_certificate(BytesView der);
// Are two names, in DER, the same: RFC 5280, section 7.1, by letters of either case and white space? Both have been
// read as names before; what is none is the same as its own bytes alone.
bool same_name(BytesView a, BytesView b);
// RFC 2253 in UTF-8 of a name in DER; empty when it has no attributes. Errors: certificate_malformed (no name).
Result<std::string> name_text(BytesView name);
// Is the certificate's signature by the issuer's key? Names and purposes are not looked at.
bool is_signed_by(const Certificate::Parts& certificate, const Certificate::Parts& issuer);
// The same for the `signature` (octets) of a revocation list over `tbs`; `method` fits the issuer's key.
bool is_list_signed_by(const SignatureMethod& method, BytesView tbs, BytesView signature,
                       const Certificate::Parts& issuer);

}  // namespace mibun::crypto
