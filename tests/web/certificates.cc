// Makes certificates and revocation lists where there is no OpenSSL, so that the core's tests have their test
// authorities in the browser's build too. The same contents as core/crypto/x509_make.cc and mdoc_certificates.cc write;
// for tests only.

#include <array>
#include <chrono>
#include <format>

#include "core/codecs/tlv.h"
#include "core/crypto/certificate_make.h"
#include "core/crypto/certificate_parts.h"
#include "core/crypto/crl.h"
#include "core/crypto/mdoc_certificates.h"
#include "core/crypto/mdoc_profile.h"
#include "core/crypto/x509.h"

namespace mibun::crypto {
namespace {

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Bytes node(std::uint8_t tag, const Bytes& value) {
  return tlv::write(tag, value);
}
Bytes sequence(const Bytes& value) {
  return node(der::kSequence, value);
}
Bytes oid(std::string_view dotted) {
  return node(der::kObjectId, object_identifier(dotted));
}
Bytes text_node(std::uint8_t tag, std::string_view text) {
  return node(tag, to_bytes(text));
}
Bytes bits(const Bytes& octets, std::uint8_t unused = 0) {
  return node(der::kBitString, Bytes{unused} + octets);
}

Bytes time_node(Instant instant) {
  using namespace std::chrono;
  const sys_seconds at{std::chrono::seconds(instant.unix_seconds())};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss clock(at - day);
  const int year = static_cast<int>(date.year());
  std::string text = std::format("{:04}{:02}{:02}{:02}{:02}{:02}Z", year, static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                                 clock.seconds().count());
  return year < 2050 ? text_node(der::kUtcTime, text.substr(2)) : text_node(der::kGeneralizedTime, text);
}

Bytes name(std::initializer_list<std::pair<std::string_view, std::string>> attributes) {
  Bytes out;
  for (const auto& [type, text] : attributes) {
    const std::uint8_t tag = type == "2.5.4.6" ? 19 : 12;  // PrintableString for the country, UTF8String
    if (!text.empty()) out = out + node(der::kSet, sequence(oid(type) + text_node(tag, text)));
  }
  return sequence(out);
}

Bytes extension(std::string_view id, bool critical, const Bytes& value) {
  const Bytes flag = critical ? node(der::kBoolean, {0xff}) : Bytes();
  return sequence(oid(id) + flag + node(der::kOctetString, value));
}

Bytes key_id_of(const PublicKey& key) {
  const Sha256Digest digest = sha256(key.spki());
  return {digest.begin(), digest.begin() + 20};
}
Bytes subject_key_id(const PublicKey& key) {
  return extension("2.5.29.14", false, node(der::kOctetString, key_id_of(key)));
}
Bytes authority_key_id(const Bytes& key_id) {
  return extension("2.5.29.35", false, sequence(node(der::kContext0, key_id)));
}
Bytes authority(int path_length) {
  const Bytes constraints = node(der::kBoolean, {0xff}) + node(der::kInteger, {static_cast<std::uint8_t>(path_length)});
  return extension("2.5.29.19", true, sequence(constraints)) + extension("2.5.29.15", true, bits({0x06}, 1));
}
Bytes usage(std::string_view id, bool critical) {
  return extension("2.5.29.15", true, bits({0x80}, 7)) + extension("2.5.29.37", critical, sequence(oid(id)));
}

Bytes address(const std::string& text) {
  Bytes out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t dot = std::min(text.find('.', at), text.size());
    out.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(at, dot - at))));
    at = dot + 1;
  }
  return out;
}
bool is_name(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

Bytes algorithm_of(const CaKey& key) {
  const bool p256 = std::holds_alternative<const P256Signer*>(key.held());
  return sequence(oid(p256 ? "1.2.840.10045.4.3.2" : "1.2.840.10045.4.3.3"));
}
Result<Bytes> sign(const Bytes& tbs, const CaKey& key) {
  MIBUN_TRY(const Bytes raw, std::visit([&](const auto* held) { return held->sign_raw(tbs); }, key.held()));
  Bytes der;
  if (raw.size() == 64) {
    MIBUN_TRY(const auto signature, parse_p256_signature(raw));
    der = p256_signature_to_der(signature);
  } else {
    MIBUN_TRY(const auto signature, parse_p384_signature(raw));
    der = p384_signature_to_der(signature);
  }
  return sequence(tbs + algorithm_of(key) + bits(der));
}

struct Draft {
  Bytes subject, issuer;
  PublicKey key;
  Instant not_before, not_after;
  Bytes extensions;
};
Result<Certificate> finish(const Draft& draft, const CaKey& issuer_key) {
  if (draft.not_after < draft.not_before) return fail(ErrorCode::invalid_argument, "validity");
  SystemRng rng;
  Bytes serial = rng.bytes(16);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x3f) | 0x40);
  const Bytes tbs =
      sequence(node(0xa0, node(der::kInteger, {2})) + node(der::kInteger, serial) + algorithm_of(issuer_key) +
               draft.issuer + sequence(time_node(draft.not_before) + time_node(draft.not_after)) + draft.subject +
               draft.key.spki() + node(0xa3, sequence(draft.extensions)));
  MIBUN_TRY(const Bytes der, sign(tbs, issuer_key));
  return Certificate::parse(der);
}

Status check_issuer(const Certificate& issuer, const CaKey& key) {
  const bool fits = issuer.parts().is_ca_flagged() && issuer.public_key() == key.public_key();
  return fits ? Status{} : Status(fail(ErrorCode::invalid_argument, "issuer"));
}
Bytes issuer_key_id(const Certificate& issuer) {
  return issuer.parts().subject_key_id.value_or(Bytes());
}

template <class Request>
Bytes subject_of(const Request& request) {
  return name({{"2.5.4.6", request.country},
               {"2.5.4.8", request.state_or_province},
               {"2.5.4.10", request.organization},
               {"2.5.4.3", request.common_name}});
}

Result<Bytes> alternative_names(const CertificateRequest& request) {
  Bytes names;
  for (const std::string& text : request.san_dns) {
    if (!is_name(text)) return fail(ErrorCode::invalid_argument, "subjectAltName");
    names = names + text_node(0x82, text);
  }
  for (const std::string& text : request.san_uri) {
    if (!is_name(text)) return fail(ErrorCode::invalid_argument, "subjectAltName");
    names = names + text_node(0x86, text);
  }
  for (const std::string& text : request.san_ip) names = names + node(0x87, address(text));
  return names.empty() ? Bytes() : extension("2.5.29.17", false, sequence(names));
}

// An extension of `from` as it stands there; nothing when it is absent.
Bytes copied(const Certificate& from, std::uint8_t x, std::string_view id) {
  const der::Extension* found = from.parts().extension(x);
  return found == nullptr ? Bytes() : extension(id, found->critical, to_bytes(found->value));
}

Result<Bytes> distribution_point(const std::string& uri) {
  if (!is_name(uri)) return fail(ErrorCode::invalid_argument, "crl_uri");
  return extension("2.5.29.31", false, sequence(sequence(node(0xa0, node(0xa0, text_node(0x86, uri))))));
}

Result<Certificate> finish_leaf(const MdocCertificateRequest& request, const PublicKey& subject_key,
                                const Certificate& issuer, const CaKey& issuer_key, std::string_view leaf_usage) {
  MIBUN_CHECK(check_issuer(issuer, issuer_key));
  MIBUN_TRY(const Bytes point, distribution_point(request.crl_uri));
  return finish(
      {.subject = subject_of(request),
       .issuer = issuer.parts().subject_der,
       .key = subject_key,
       .not_before = request.not_before,
       .not_after = request.not_after,
       .extensions = usage(leaf_usage, true) + subject_key_id(subject_key) + authority_key_id(issuer_key_id(issuer)) +
                     copied(issuer, id_ce::kIssuerAltName, "2.5.29.18") + point},
      issuer_key);
}

}  // namespace

PublicKey CaKey::public_key() const {
  return std::visit([](const auto* held) -> PublicKey { return held->public_key(); }, key_);
}

Result<Certificate> make_root_certificate(const CertificateRequest& request, const CaKey& key) {
  if (request.purpose) return fail(ErrorCode::invalid_argument, "purpose");
  MIBUN_TRY(const Bytes names, alternative_names(request));
  const PublicKey own = key.public_key();
  return finish({.subject = subject_of(request),
                 .issuer = subject_of(request),
                 .key = own,
                 .not_before = request.not_before,
                 .not_after = request.not_after,
                 .extensions = authority(1) + subject_key_id(own) + authority_key_id(key_id_of(own)) + names},
                key);
}

Result<Certificate> make_certificate(const CertificateRequest& request, const PublicKey& subject_key,
                                     const Certificate& issuer, const CaKey& issuer_key) {
  MIBUN_CHECK(check_issuer(issuer, issuer_key));
  MIBUN_TRY(const Bytes names, alternative_names(request));
  // What native code writes for CA:FALSE: an empty sequence, the default being left out.
  const Bytes kind = request.purpose ? extension("2.5.29.19", true, sequence({})) +
                                           usage(extended_key_usage_oid(*request.purpose), false)
                                     : authority(0);
  return finish({.subject = subject_of(request),
                 .issuer = issuer.parts().subject_der,
                 .key = subject_key,
                 .not_before = request.not_before,
                 .not_after = request.not_after,
                 .extensions = kind + subject_key_id(subject_key) + authority_key_id(issuer_key_id(issuer)) + names},
                issuer_key);
}

Result<Certificate> make_iaca_certificate(const MdocCertificateRequest& request, const CaKey& key) {
  Bytes contact;
  if (!request.issuer_mail.empty()) contact = text_node(0x81, request.issuer_mail);
  if (!request.issuer_uri.empty()) contact = contact + text_node(0x86, request.issuer_uri);
  if (contact.empty()) return fail(ErrorCode::invalid_argument, "issuer_mail");
  MIBUN_TRY(const Bytes point, distribution_point(request.crl_uri));
  const PublicKey own = key.public_key();
  MIBUN_TRY(Certificate iaca, finish({.subject = subject_of(request),
                                      .issuer = subject_of(request),
                                      .key = own,
                                      .not_before = request.not_before,
                                      .not_after = request.not_after,
                                      .extensions = authority(0) + subject_key_id(own) +
                                                    extension("2.5.29.18", false, sequence(contact)) + point},
                                     key));
  MIBUN_CHECK(check_iaca_root(iaca));
  return iaca;
}

Result<Certificate> make_iaca_link_certificate(const Certificate& newer, const Certificate& older,
                                               const CaKey& older_key, Instant not_before, Instant not_after) {
  MIBUN_CHECK(check_issuer(older, older_key));
  const Bytes extensions = authority(0) + subject_key_id(newer.public_key()) + authority_key_id(issuer_key_id(older)) +
                           copied(newer, id_ce::kIssuerAltName, "2.5.29.18") +
                           copied(older, id_ce::kCrlDistributionPoints, "2.5.29.31");
  MIBUN_TRY(Certificate link, finish({.subject = newer.parts().subject_der,
                                      .issuer = older.parts().subject_der,
                                      .key = newer.public_key(),
                                      .not_before = not_before,
                                      .not_after = not_after,
                                      .extensions = extensions},
                                     older_key));
  MIBUN_CHECK(check_iaca_link(link, older));
  return link;
}

Result<Certificate> make_document_signer_certificate(const MdocCertificateRequest& request,
                                                     const PublicKey& subject_key, const Certificate& iaca,
                                                     const CaKey& iaca_key) {
  MIBUN_TRY(Certificate signer, finish_leaf(request, subject_key, iaca, iaca_key, "1.0.18013.5.1.2"));
  MIBUN_CHECK(check_document_signer(signer, iaca));
  return signer;
}

Result<Certificate> make_mdoc_reader_certificate(const MdocCertificateRequest& request, const PublicKey& subject_key,
                                                 const Certificate& issuer, const CaKey& issuer_key) {
  MIBUN_TRY(Certificate reader, finish_leaf(request, subject_key, issuer, issuer_key, "1.0.18013.5.1.6"));
  MIBUN_CHECK(check_mdoc_reader(reader, issuer));
  return reader;
}

Result<Crl> make_crl(const CrlRequest& request, const Certificate& issuer, const CaKey& issuer_key) {
  MIBUN_CHECK(check_issuer(issuer, issuer_key));
  if (request.next_update < request.this_update) return fail(ErrorCode::invalid_argument, "next_update");
  Bytes entries;
  for (const CrlRequest::Entry& entry : request.entries) {
    if (entry.serial.empty() || entry.serial.size() > 21) return fail(ErrorCode::invalid_argument, "serial");
    entries = entries + sequence(node(der::kInteger, entry.serial) + time_node(entry.revoked_at));
  }
  Bytes number;
  for (std::uint64_t rest = request.number; rest > 0; rest >>= 8) {
    number.insert(number.begin(), static_cast<std::uint8_t>(rest));
  }
  if (number.empty() || number.front() >= 0x80) number.insert(number.begin(), 0);
  const Bytes extensions =
      authority_key_id(issuer_key_id(issuer)) + extension("2.5.29.20", false, node(der::kInteger, number));
  const Bytes tbs = sequence(node(der::kInteger, {1}) + algorithm_of(issuer_key) + issuer.parts().subject_der +
                             time_node(request.this_update) + time_node(request.next_update) +
                             (entries.empty() ? Bytes() : sequence(entries)) + node(0xa0, sequence(extensions)));
  MIBUN_TRY(const Bytes der, sign(tbs, issuer_key));
  return Crl::parse(der);
}

}  // namespace mibun::crypto
