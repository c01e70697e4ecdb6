// The native reader of certificates: the library decodes, and what it read becomes the facts of certificate_parts.h.

#include "core/crypto/x509.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "core/crypto/x509_internal.h"
#include "core/crypto/x509_shape.h"

namespace mibun::crypto {
namespace {

std::unexpected<Error> malformed(const char* where) {
  return clear_errors(fail(ErrorCode::certificate_malformed, where));
}

BytesView view_of(const ASN1_STRING* string) {
  return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

bool is_plain_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

bool has_duplicate_extension(const X509* x509) {
  const int count = X509_get_ext_count(x509);
  for (int i = 0; i < count; ++i) {
    const ASN1_OBJECT* object = X509_EXTENSION_get_object(X509_get_ext(x509, i));
    if (X509_get_ext_by_OBJ(x509, object, i) >= 0) return true;
  }
  return false;
}

// Does the extension, when it is there, stand as the library would write it? Its decoder takes strings in pieces, lists
// that say they are no lists, and what follows the value; under tags of their own no check of DER sees these.
bool is_extension_der(const X509* x509, int nid) {
  const int at = X509_get_ext_by_NID(x509, nid, -1);
  if (at < 0) return true;
  X509_EXTENSION* extension = X509_get_ext(x509, at);
  const ASN1_ITEM* item = ASN1_ITEM_ptr(X509V3_EXT_get(extension)->it);
  void* value = X509V3_EXT_d2i(extension);
  unsigned char* encoded = nullptr;
  const int size = value == nullptr ? -1 : ASN1_item_i2d(static_cast<ASN1_VALUE*>(value), &encoded, item);
  const OwnedMemory owner(encoded);
  ASN1_item_free(static_cast<ASN1_VALUE*>(value), item);
  return size > 0 && std::ranges::equal(BytesView(encoded, static_cast<std::size_t>(size)),
                                        view_of(X509_EXTENSION_get_data(extension)));
}

bool are_extensions_der(const X509* x509) {
  constexpr int kDecoded[] = {NID_subject_alt_name, NID_authority_key_identifier, NID_crl_distribution_points,
                              NID_name_constraints, NID_netscape_cert_type,       NID_proxyCertInfo,
                              NID_sbgp_ipAddrBlock, NID_sbgp_autonomousSysNum};
  return std::ranges::all_of(kDecoded, [&](int nid) { return is_extension_der(x509, nid); });
}

// DER of an INTEGER, empty when the key has no such number.
Bytes integer_of(EVP_PKEY* key, const char* name) {
  BIGNUM* read = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &read) != 1) return {};
  const OwnedNumber number(read);
  Bytes contents(static_cast<std::size_t>(BN_num_bits(read)) / 8 + 1);  // one bit more, for the sign
  if (BN_bn2binpad(read, contents.data(), static_cast<int>(contents.size())) < 0) return {};
  return tlv::write(der::kInteger, contents);
}

// What the library's decoder of keys lets pass: the point at infinity, under which anybody can sign, and numbers of an
// RSA key that are not DER inside their bit string.
bool is_key_good(X509* x509) {
  EVP_PKEY* key = X509_get0_pubkey(x509);
  const unsigned char* data = nullptr;
  int size = 0;
  if (X509_PUBKEY_get0_param(nullptr, &data, &size, nullptr, X509_get_X509_PUBKEY(x509)) != 1) return false;
  const BytesView written(data, static_cast<std::size_t>(size));
  if (EVP_PKEY_is_a(key, "EC") == 1) return written.size() > 1;
  if (EVP_PKEY_is_a(key, "RSA") != 1 && EVP_PKEY_is_a(key, "RSA-PSS") != 1) return true;
  const Bytes encoded = tlv::write(
      der::kSequence, tlv::concat({integer_of(key, OSSL_PKEY_PARAM_RSA_N), integer_of(key, OSSL_PKEY_PARAM_RSA_E)}));
  return std::ranges::equal(encoded, written);
}

bool is_encoded_as(X509* x509, BytesView der) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(x509, &encoded);
  const OwnedMemory owner(encoded);
  return size > 0 && std::ranges::equal(BytesView(encoded, static_cast<std::size_t>(size)), der);
}

Status read_alternative_names(X509* x509, Certificate::Parts& parts) {
  int critical = 0;
  const OwnedNames names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_subject_alt_name, &critical, nullptr)));
  if (!names) return critical == -1 ? Status{} : Status(malformed("subjectAltName"));
  if (sk_GENERAL_NAME_num(names.get()) == 0) return malformed("subjectAltName");
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      MIBUN_TRY(std::string text, ascii_name(view_of(name->d.dNSName), "subjectAltName"));
      parts.san_dns.push_back(std::move(text));
    } else if (name->type == GEN_URI) {
      MIBUN_TRY(std::string text, ascii_name(view_of(name->d.uniformResourceIdentifier), "subjectAltName"));
      parts.san_uri.push_back(std::move(text));
    } else if (name->type == GEN_IPADD) {
      const int size = ASN1_STRING_length(name->d.iPAddress);
      if (size != 4 && size != 16) return malformed("subjectAltName");
    }
  }
  return {};
}

Status read_crl_name(GENERAL_NAME* name, Certificate::Parts& parts) {
  unsigned char* encoded = nullptr;
  const int size = i2d_GENERAL_NAME(name, &encoded);
  const OwnedMemory owner(encoded);
  if (size <= 0) return malformed("cRLDistributionPoints");
  parts.crl_names.push_back(to_bytes(BytesView(encoded, static_cast<std::size_t>(size))));
  if (name->type != GEN_URI) return {};
  MIBUN_TRY(std::string uri, ascii_name(view_of(name->d.uniformResourceIdentifier), "cRLDistributionPoints"));
  parts.crl_uris.push_back(std::move(uri));
  return {};
}

// Points for some reasons, or with another issuer's list, name nothing that we would read.
Status read_distribution_points(X509* x509, Certificate::Parts& parts) {
  int critical = 0;
  const Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free> points(
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(x509, NID_crl_distribution_points, &critical, nullptr)));
  if (!points) return critical == -1 ? Status{} : Status(malformed("cRLDistributionPoints"));
  if (sk_DIST_POINT_num(points.get()) == 0) return malformed("cRLDistributionPoints");
  for (int i = 0; i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (point->distpoint == nullptr || point->distpoint->type != 0 || point->reasons != nullptr ||
        point->CRLissuer != nullptr) {
      continue;
    }
    GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int k = 0; k < sk_GENERAL_NAME_num(names); ++k) {
      MIBUN_CHECK(read_crl_name(sk_GENERAL_NAME_value(names, k), parts));
    }
  }
  return {};
}

bool read_issuer_contact(X509* x509) {
  if (!is_extension_der(x509, NID_issuer_alt_name)) return false;
  const OwnedNames names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509, NID_issuer_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const int type = sk_GENERAL_NAME_value(names.get(), i)->type;
    if (type == GEN_EMAIL || type == GEN_URI) return true;
  }
  return false;
}

// ---- keys and algorithms ----

constexpr std::pair<int, EcCurve> kCurves[] = {
    {NID_X9_62_prime256v1, EcCurve::p256},
    {NID_secp384r1, EcCurve::p384},
    {NID_secp521r1, EcCurve::p521},
    {NID_brainpoolP256r1, EcCurve::brainpool_p256r1},
    {NID_brainpoolP320r1, EcCurve::brainpool_p320r1},
    {NID_brainpoolP384r1, EcCurve::brainpool_p384r1},
    {NID_brainpoolP512r1, EcCurve::brainpool_p512r1},
};

// Parameters written out are refused even when they are those of a known curve: RFC 5480, section 2.1.1.
bool has_explicit_parameters(EVP_PKEY* key) {
  int is_explicit = 0;
  return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
         is_explicit != 0;
}

EcCurve curve_of(EVP_PKEY* key) {
  char name[64];
  std::size_t size = 0;
  if (has_explicit_parameters(key) || EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) {
    return EcCurve::other;
  }
  const auto found = std::ranges::find(kCurves, OBJ_txt2nid(name), &std::pair<int, EcCurve>::first);
  return found == std::end(kCurves) ? EcCurve::other : found->second;
}

SignerKey signer_key_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "EC") == 1) return {KeyKind::ec, curve_of(key)};
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return {KeyKind::ed25519};
  if (EVP_PKEY_is_a(key, "RSA") == 1) return {KeyKind::rsa, EcCurve::other, EVP_PKEY_get_bits(key)};
  if (EVP_PKEY_is_a(key, "RSA-PSS") == 1) return {KeyKind::rsa_pss, EcCurve::other, EVP_PKEY_get_bits(key)};
  return {};
}

SignatureMethod method_of(X509* x509) {
  if (X509_get_signature_nid(x509) == NID_ED25519) return signature_method(KeyKind::ed25519, {});
  int digest_nid = NID_undef, key_nid = NID_undef, bits = 0;
  std::uint32_t flags = 0;
  X509_get_signature_info(x509, &digest_nid, &key_nid, &bits, &flags);
  const KeyKind key = key_nid == NID_X9_62_id_ecPublicKey ? KeyKind::ec
                      : key_nid == NID_rsaEncryption      ? KeyKind::rsa
                      : key_nid == NID_rsassaPss          ? KeyKind::rsa_pss
                                                          : KeyKind::other;
  const SignatureDigest digest = digest_nid == NID_sha256   ? SignatureDigest::sha256
                                 : digest_nid == NID_sha384 ? SignatureDigest::sha384
                                 : digest_nid == NID_sha512 ? SignatureDigest::sha512
                                                            : SignatureDigest::other;
  return signature_method(key, digest);
}

// ---- the facts ----

std::optional<Bytes> bytes_of(const ASN1_STRING* string) {
  if (string == nullptr) return std::nullopt;
  return to_bytes(view_of(string));
}

// parse_x509() has seen all of these decode.
void read_constraints(X509* x509, Certificate::Parts& parts) {
  const std::uint32_t flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_BCONS) != 0) {
    const long length = X509_get_pathlen(x509);
    parts.basic_constraints.emplace();
    parts.basic_constraints->ca = (flags & EXFLAG_CA) != 0;
    if (length >= 0) parts.basic_constraints->path_length = static_cast<std::uint64_t>(length);
  }
  if ((flags & EXFLAG_KUSAGE) != 0) parts.key_usage = static_cast<std::uint16_t>(X509_get_key_usage(x509));
  using OwnedUsages = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
  const OwnedUsages usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const ASN1_OBJECT* usage = sk_ASN1_OBJECT_value(usages.get(), i);
    parts.extended_key_usages.push_back(to_bytes(BytesView(OBJ_get0_data(usage), OBJ_length(usage))));
  }
  parts.subject_key_id = bytes_of(X509_get0_subject_key_id(x509));
  parts.authority_key_id = bytes_of(X509_get0_authority_key_id(x509));
}

std::size_t count_attributes(const X509_NAME* name, int nid) {
  std::size_t out = 0;
  for (int at = X509_NAME_get_index_by_NID(name, nid, -1); at >= 0; at = X509_NAME_get_index_by_NID(name, nid, at)) {
    ++out;
  }
  return out;
}

Status read_subject(const X509_NAME* name, Certificate::Parts& parts) {
  MIBUN_TRY(parts.common_name, name_attribute(name, NID_commonName));
  MIBUN_TRY(parts.organization, name_attribute(name, NID_organizationName));
  MIBUN_TRY(parts.country, name_attribute(name, NID_countryName));
  MIBUN_TRY(parts.state_or_province, name_attribute(name, NID_stateOrProvinceName));
  parts.country_count = count_attributes(name, NID_countryName);
  parts.state_or_province_count = count_attributes(name, NID_stateOrProvinceName);
  parts.subject = name_text(name);
  return {};
}

void read_shape(const CertificateShape& shape, Certificate::Parts& parts) {
  parts.tbs = shape.tbs;
  parts.signature_algorithm = shape.algorithm;
  parts.signature = shape.signature;
  parts.spki = shape.spki;
  parts.serial = to_bytes(shape.serial);
  parts.issuer_der = to_bytes(shape.issuer);
  parts.subject_der = to_bytes(shape.subject);
}

}  // namespace

Bytes bio_bytes(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? to_bytes(std::string_view(data, static_cast<std::size_t>(size))) : Bytes{};
}

OwnedBio bio_over(BytesView bytes) {
  OwnedBio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  MIBUN_INVARIANT(bio != nullptr);
  return bio;
}

Result<OwnedX509> parse_x509(BytesView der) {
  if (der.empty() || der.size() > kCertificateBytesMax) return malformed("size");
  const unsigned char* at = der.data();
  OwnedX509 x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!x509 || at != der.data() + der.size()) return malformed("der");
  if (!is_encoded_as(x509.get(), der)) return malformed("der");
  if (X509_get_version(x509.get()) != X509_VERSION_3) return malformed("version");
  if (has_duplicate_extension(x509.get())) return malformed("extensions");
  // Decodes and keeps the extensions, so that later readers on other threads find them ready.
  if (X509_check_purpose(x509.get(), -1, 0) != 1) return malformed("extensions");
  if ((X509_get_extension_flags(x509.get()) & EXFLAG_INVALID) != 0) return malformed("extensions");
  ERR_clear_error();
  return x509;
}

Result<Instant> instant_of(const ASN1_TIME* time) {
  const int size = ASN1_STRING_length(time);
  const bool utc_time = ASN1_STRING_type(time) == V_ASN1_UTCTIME && size == 13;
  const bool generalized = ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME && size == 15;
  if (!(utc_time || generalized) || ASN1_STRING_get0_data(time)[size - 1] != 'Z') return malformed("validity");
  std::tm tm{};
  if (ASN1_TIME_to_tm(time, &tm) != 1) return malformed("validity");
  using namespace std::chrono;
  const sys_days day = year(tm.tm_year + 1900) / month(static_cast<unsigned>(tm.tm_mon + 1)) /
                       std::chrono::day(static_cast<unsigned>(tm.tm_mday));
  const auto at = day + hours(tm.tm_hour) + minutes(tm.tm_min) + std::chrono::seconds(tm.tm_sec);
  return Instant::from_unix_seconds(duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
}

std::string name_text(const X509_NAME* name) {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  MIBUN_INVARIANT(bio != nullptr);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  return std::string(as_text(bio_bytes(bio.get())));
}

Result<std::string> name_attribute(const X509_NAME* name, int nid) {
  const int index = X509_NAME_get_index_by_NID(name, nid, -1);
  if (index < 0) return std::string();
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  const OwnedMemory owner(text);
  if (size < 0) return malformed("subject");
  std::string out(as_text({text, static_cast<std::size_t>(size)}));
  if (!is_plain_text(out)) return malformed("subject");
  return out;
}

std::vector<der::Extension> extensions_of(const X509* x509) {
  std::vector<der::Extension> out;
  for (int i = 0; i < X509_get_ext_count(x509); ++i) {
    X509_EXTENSION* extension = X509_get_ext(x509, i);
    const ASN1_OBJECT* oid = X509_EXTENSION_get_object(extension);
    out.push_back({{OBJ_get0_data(oid), OBJ_length(oid)},
                   X509_EXTENSION_get_critical(extension) != 0,
                   view_of(X509_EXTENSION_get_data(extension))});
  }
  return out;
}

X509* x509_of(const Certificate::Parts& parts) {
  return parts.library->x509.get();
}

Result<std::shared_ptr<const Certificate::Parts>> parse_certificate(BytesView der) {
  if (der.size() > kCertificateBytesMax) return malformed("size");
  auto parts = std::make_shared<Certificate::Parts>();
  parts->der = to_bytes(der);
  MIBUN_TRY(const CertificateShape shape, read_certificate_shape(parts->der));
  read_shape(shape, *parts);
  MIBUN_TRY(OwnedX509 owned, parse_x509(der));
  X509* x509 = owned.get();
  EVP_PKEY* key = X509_get0_pubkey(x509);
  if (key == nullptr || !is_key_good(x509)) return malformed("subjectPublicKeyInfo");
  if (!are_extensions_der(x509)) return malformed("extensions");
  MIBUN_CHECK(check_serial(shape.serial));
  MIBUN_TRY(parts->not_before, instant_of(X509_get0_notBefore(x509)));
  MIBUN_TRY(parts->not_after, instant_of(X509_get0_notAfter(x509)));
  const X509_NAME* subject = X509_get_subject_name(x509);
  MIBUN_CHECK(read_subject(subject, *parts));
  parts->self_issued = X509_NAME_cmp(subject, X509_get_issuer_name(x509)) == 0;
  parts->public_key = PublicKey::from_spki(shape.spki);
  parts->key = signer_key_of(key);
  parts->method = method_of(x509);
  parts->sha256 = crypto::sha256(der);
  parts->extensions = extensions_of(x509);
  read_constraints(x509, *parts);
  MIBUN_CHECK(read_alternative_names(x509, *parts));
  MIBUN_CHECK(read_distribution_points(x509, *parts));
  parts->issuer_has_contact = read_issuer_contact(x509);
  parts->library = std::make_shared<const Certificate::Parts::Library>(std::move(owned));
  ERR_clear_error();
  return parts;
}

}  // namespace mibun::crypto
