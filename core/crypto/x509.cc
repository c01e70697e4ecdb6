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
Result<std::string> ascii_name(const ASN1_IA5STRING* value) {
  const int size = ASN1_STRING_length(value);
  const BytesView bytes(ASN1_STRING_get0_data(value), size > 0 ? static_cast<std::size_t>(size) : 0);
  const bool good = !bytes.empty() && std::ranges::all_of(bytes, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
  if (!good) return malformed("subjectAltName");
  return std::string(as_text(bytes));
}

Status read_alternative_names(Certificate::Parts& parts) {
  int critical = 0;
  const OwnedNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(parts.x509.get(), NID_subject_alt_name, &critical, nullptr)));
  if (!names) return critical == -1 ? Status{} : Status(malformed("subjectAltName"));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      MIBUN_TRY(std::string text, ascii_name(name->d.dNSName));
      parts.san_dns.push_back(std::move(text));
    } else if (name->type == GEN_URI) {
      MIBUN_TRY(std::string text, ascii_name(name->d.uniformResourceIdentifier));
      parts.san_uri.push_back(std::move(text));
    }
  }
  return {};
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

std::string pem_of_certificate(BytesView der) {
  const OwnedBio bio(BIO_new(BIO_s_mem()));
  MIBUN_INVARIANT(bio && PEM_write_bio(bio.get(), "CERTIFICATE", "", der.data(), static_cast<long>(der.size())) > 0);
  return std::string(as_text(bio_bytes(bio.get())));
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

Result<Certificate> Certificate::parse(BytesView der) {
  MIBUN_TRY(OwnedX509 x509, parse_x509(der));
  MIBUN_TRY(const PublicKey public_key, public_key_of(x509.get()));
  MIBUN_TRY(const Instant not_before, instant_of(X509_get0_notBefore(x509.get())));
  MIBUN_TRY(const Instant not_after, instant_of(X509_get0_notAfter(x509.get())));
  const X509_NAME* subject = X509_get_subject_name(x509.get());
  MIBUN_TRY(std::string common_name, name_attribute(subject, NID_commonName));
  MIBUN_TRY(std::string organization, name_attribute(subject, NID_organizationName));
  MIBUN_TRY(std::string country, name_attribute(subject, NID_countryName));
  MIBUN_TRY(std::string state_or_province, name_attribute(subject, NID_stateOrProvinceName));
  const bool self_issued = X509_NAME_cmp(subject, X509_get_issuer_name(x509.get())) == 0;
  std::string subject_text = name_text(subject);
  auto parts = std::make_shared<Parts>(Parts{to_bytes(der),
                                             std::move(x509),
                                             public_key,
                                             crypto::sha256(der),
                                             not_before,
                                             not_after,
                                             std::move(subject_text),
                                             std::move(common_name),
                                             std::move(organization),
                                             std::move(country),
                                             std::move(state_or_province),
                                             {},
                                             {},
                                             self_issued});
  MIBUN_CHECK(read_alternative_names(*parts));
  return Certificate(std::move(parts));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  MIBUN_TRY(const std::vector<Bytes> blocks, certificates_from_pem(pem));
  if (blocks.size() != 1) return fail(ErrorCode::pem_malformed, "pem", "more than one certificate");
  return parse(blocks[0]);
}

BytesView Certificate::der() const {
  return parts_->der;
}
const PublicKey& Certificate::public_key() const {
  return parts_->public_key;
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
  return pem_of_certificate(parts_->der);
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
