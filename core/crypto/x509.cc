#include "core/crypto/x509.h"

#include <openssl/pem.h>

#include <algorithm>
#include <chrono>

#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

std::unexpected<Error> malformed(const char* where) {
  return clear_errors(fail(ErrorCode::certificate_malformed, where));
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

bool is_encoded_as(X509* x509, BytesView der) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(x509, &encoded);
  const OwnedMemory owner(encoded);
  return size > 0 && std::ranges::equal(BytesView(encoded, static_cast<std::size_t>(size)), der);
}

Result<PublicKey> public_key_of(const X509* x509) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &encoded);
  const OwnedMemory owner(encoded);
  if (size <= 0) return malformed("subjectPublicKeyInfo");
  return PublicKey::from_spki(BytesView(encoded, static_cast<std::size_t>(size)));
}

// Host names and URIs are ASCII in certificates (RFC 5280, section 7); a NUL inside has fooled comparisons before.
Result<std::string> ascii_name(const ASN1_IA5STRING* value, const char* where) {
  const int size = ASN1_STRING_length(value);
  const BytesView bytes(ASN1_STRING_get0_data(value), size > 0 ? static_cast<std::size_t>(size) : 0);
  const bool good = !bytes.empty() && std::ranges::all_of(bytes, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
  if (!good) return malformed(where);
  return std::string(as_text(bytes));
}

Status read_alternative_names(Certificate::Parts& parts) {
  int critical = 0;
  const OwnedNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(parts.x509.get(), NID_subject_alt_name, &critical, nullptr)));
  if (!names) return critical == -1 ? Status{} : Status(malformed("subjectAltName"));
  if (sk_GENERAL_NAME_num(names.get()) == 0) return malformed("subjectAltName");
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      MIBUN_TRY(std::string text, ascii_name(name->d.dNSName, "subjectAltName"));
      parts.san_dns.push_back(std::move(text));
    } else if (name->type == GEN_URI) {
      MIBUN_TRY(std::string text, ascii_name(name->d.uniformResourceIdentifier, "subjectAltName"));
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
  MIBUN_TRY(std::string uri, ascii_name(name->d.uniformResourceIdentifier, "cRLDistributionPoints"));
  parts.crl_uris.push_back(std::move(uri));
  return {};
}

// Points for some reasons, or with another issuer's list, name nothing that we would read.
Status read_distribution_points(Certificate::Parts& parts) {
  int critical = 0;
  const Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free> points(static_cast<CRL_DIST_POINTS*>(
      X509_get_ext_d2i(parts.x509.get(), NID_crl_distribution_points, &critical, nullptr)));
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

// RFC 5280, section 4.1.2.2, asks for 1 to 20 octets; a zero before a set first bit comes on top. Negative numbers and
// zero are a CA's mistake that the section wants users to live with; the mdoc profiles refuse them.
Status check_serial(BytesView serial) {
  const std::size_t octets = serial.size() - (serial.size() > 1 && serial[0] == 0 ? 1 : 0);
  return octets <= 20 ? Status{} : Status(malformed("serialNumber"));
}

SignatureMethod method_of(X509* x509) {
  SignatureMethod out{X509_get_signature_nid(x509), NID_undef, NID_undef};
  int bits = 0;
  std::uint32_t flags = 0;
  X509_get_signature_info(x509, &out.digest, &out.key, &bits, &flags);
  return out;
}

// The next PEM block, nullopt at the end.
struct PemBlock {
  std::string name;
  SecretBytes data;
};
Result<std::optional<PemBlock>> next_pem_block(BIO* bio) {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio, &name, &header, &data, &size) != 1) {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (at_end) return std::nullopt;
    return fail(ErrorCode::pem_malformed);
  }
  const bool has_header = header[0] != 0;  // "Proc-Type: 4,ENCRYPTED"
  PemBlock block{name, SecretBytes::copy_of({data, static_cast<std::size_t>(size)})};
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  if (has_header) return fail(ErrorCode::pem_malformed, "header", "encrypted blocks are not read");
  return block;
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

std::string pem_block(const char* label, BytesView der) {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  MIBUN_INVARIANT(bio && PEM_write_bio(bio.get(), label, "", der.data(), static_cast<long>(der.size())) > 0);
  return std::string(as_text(bio_bytes(bio.get())));
}

Result<Bytes> single_pem_block(std::string_view pem, const char* label) {
  const OwnedBio bio = bio_over(as_bytes(pem));
  MIBUN_TRY(const std::optional<PemBlock> block, next_pem_block(bio.get()));
  if (!block || block->name != label) return fail(ErrorCode::pem_malformed, "pem", "another kind of block");
  MIBUN_TRY(const std::optional<PemBlock> second, next_pem_block(bio.get()));
  if (second) return fail(ErrorCode::pem_malformed, "pem", "more than one block");
  return to_bytes(block->data.reveal());
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

Result<std::shared_ptr<const Certificate::Parts>> parse_certificate(BytesView der) {
  if (der.size() > kCertificateBytesMax) return malformed("size");
  MIBUN_TRY(const CertificateShape shape, read_certificate_shape(der));
  MIBUN_TRY(OwnedX509 x509, parse_x509(der));
  if (X509_get0_pubkey(x509.get()) == nullptr) return malformed("subjectPublicKeyInfo");
  MIBUN_CHECK(check_serial(shape.serial));
  MIBUN_TRY(const Instant not_before, instant_of(X509_get0_notBefore(x509.get())));
  MIBUN_TRY(const Instant not_after, instant_of(X509_get0_notAfter(x509.get())));
  const X509_NAME* subject = X509_get_subject_name(x509.get());
  MIBUN_TRY(std::string common_name, name_attribute(subject, NID_commonName));
  MIBUN_TRY(std::string organization, name_attribute(subject, NID_organizationName));
  MIBUN_TRY(std::string country, name_attribute(subject, NID_countryName));
  MIBUN_TRY(std::string state_or_province, name_attribute(subject, NID_stateOrProvinceName));
  auto parts = std::make_shared<Certificate::Parts>(
      Certificate::Parts{.der = to_bytes(der),
                         .x509 = nullptr,
                         .public_key = clear_errors(public_key_of(x509.get())),
                         .method = method_of(x509.get()),
                         .sha256 = crypto::sha256(der),
                         .not_before = not_before,
                         .not_after = not_after,
                         .subject = name_text(subject),
                         .common_name = std::move(common_name),
                         .organization = std::move(organization),
                         .country = std::move(country),
                         .state_or_province = std::move(state_or_province),
                         .san_dns = {},
                         .san_uri = {},
                         .crl_uris = {},
                         .crl_names = {},
                         .serial = to_bytes(shape.serial),
                         .issuer_der = to_bytes(shape.issuer),
                         .subject_der = to_bytes(shape.subject),
                         .self_issued = X509_NAME_cmp(subject, X509_get_issuer_name(x509.get())) == 0});
  parts->x509 = std::move(x509);
  MIBUN_CHECK(read_alternative_names(*parts));
  MIBUN_CHECK(read_distribution_points(*parts));
  ERR_clear_error();
  return parts;
}

Result<Certificate> Certificate::parse(BytesView der) {
  MIBUN_TRY(std::shared_ptr<const Parts> parts, parse_certificate(der));
  if (!parts->public_key) return std::unexpected<Error>(parts->public_key.error());
  return Certificate(std::move(parts));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  MIBUN_TRY(const Bytes der, single_pem_block(pem, "CERTIFICATE"));
  return parse(der);
}

BytesView Certificate::der() const {
  return parts_->der;
}
const PublicKey& Certificate::public_key() const {
  return *parts_->public_key;
}
const Sha256Digest& Certificate::sha256() const {
  return parts_->sha256;
}
Instant Certificate::not_before() const {
  return parts_->not_before;
}
Instant Certificate::not_after() const {
  return parts_->not_after;
}
const std::string& Certificate::subject() const {
  return parts_->subject;
}
const std::string& Certificate::common_name() const {
  return parts_->common_name;
}
const std::string& Certificate::organization() const {
  return parts_->organization;
}
const std::string& Certificate::country() const {
  return parts_->country;
}
const std::string& Certificate::state_or_province() const {
  return parts_->state_or_province;
}
const std::vector<std::string>& Certificate::san_dns() const {
  return parts_->san_dns;
}
const std::vector<std::string>& Certificate::san_uri() const {
  return parts_->san_uri;
}
bool Certificate::is_self_issued() const {
  return parts_->self_issued;
}

std::string Certificate::pem() const {
  return pem_block("CERTIFICATE", parts_->der);
}

Result<std::vector<Bytes>> certificates_from_pem(std::string_view pem) {
  const OwnedBio bio = bio_over(as_bytes(pem));
  std::vector<Bytes> out;
  while (true) {
    MIBUN_TRY(const std::optional<PemBlock> block, next_pem_block(bio.get()));
    if (!block) break;
    if (block->name != "CERTIFICATE") return fail(ErrorCode::pem_malformed, "pem", "not a certificate");
    out.push_back(to_bytes(block->data.reveal()));
  }
  if (out.empty()) return fail(ErrorCode::pem_malformed, "pem", "no certificate");
  return out;
}

SecretBytes private_key_pem(const P256PrivateKey& key) {
  const SecretBytes pkcs8 = key.pkcs8();
  const OwnedBio bio(BIO_new(BIO_s_secmem()));
  MIBUN_INVARIANT(
      bio && PEM_write_bio(bio.get(), "PRIVATE KEY", "", pkcs8.reveal().data(), static_cast<long>(pkcs8.size())) > 0);
  return SecretBytes::take(bio_bytes(bio.get()));
}

Result<P256PrivateKey> private_key_from_pem(std::string_view pem) {
  const OwnedBio bio = bio_over(as_bytes(pem));
  MIBUN_TRY(const std::optional<PemBlock> block, next_pem_block(bio.get()));
  if (!block || block->name != "PRIVATE KEY") return fail(ErrorCode::pem_malformed, "pem", "no private key");
  MIBUN_TRY(const std::optional<PemBlock> second, next_pem_block(bio.get()));
  if (second) return fail(ErrorCode::pem_malformed, "pem", "more than one block");
  return P256PrivateKey::from_pkcs8(block->data.reveal());
}

}  // namespace mibun::crypto
