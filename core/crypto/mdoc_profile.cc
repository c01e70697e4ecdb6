#include "core/crypto/mdoc_profile.h"

#include <algorithm>
#include <chrono>

#include "core/crypto/certificate_parts.h"
#include "core/crypto/x509_path.h"

namespace mibun::crypto {
namespace {

using std::chrono::hours;

constexpr auto kDay = hours(24);
constexpr auto kDocumentSignerLife = 457 * kDay;
constexpr auto kReaderLife = 1187 * kDay;
constexpr int kIacaYears = 20;
constexpr std::size_t kSerialOctetsMax = 20;
constexpr std::string_view kDocumentSignerUsage = "1.0.18013.5.1.2";
constexpr std::string_view kReaderUsage = "1.0.18013.5.1.6";

// One certificate under a profile's name; says which rule it breaks.
class Profiled {
 public:
  Profiled(std::string_view profile, const CaCertificate& certificate)
      : profile_(profile), certificate_(certificate), parts_(certificate.parts()) {}

  Status violates(std::string_view rule, const char* detail) const {
    return fail(ErrorCode::certificate_profile_violation, std::string(profile_) + "." + std::string(rule), detail);
  }

  // Positive, at most 20 octets.
  Status serial() const {
    const BytesView serial = certificate_.serial();
    const bool zero = serial.size() == 1 && serial[0] == 0;
    if (serial.size() > kSerialOctetsMax || serial[0] >= 0x80 || zero) {
      return violates("serialNumber", "not positive and of at most 20 octets");
    }
    return {};
  }

  enum class Presence { absent, critical, not_critical };
  // `id`: x of 2.5.29.x.
  Presence presence(std::uint8_t id) const {
    const der::Extension* found = parts_.extension(id);
    if (found == nullptr) return Presence::absent;
    return found->critical ? Presence::critical : Presence::not_critical;
  }
  Status is_critical(std::uint8_t id, std::string_view rule) const {
    return presence(id) == Presence::critical ? Status{} : violates(rule, "not there or not critical");
  }
  Status is_not_critical(std::uint8_t id, std::string_view rule) const {
    return presence(id) == Presence::not_critical ? Status{} : violates(rule, "not there or critical");
  }

  // Exactly these bits, critical.
  Status key_usage(std::uint16_t bits) const {
    MIBUN_CHECK(is_critical(id_ce::kKeyUsage, "keyUsage"));
    return parts_.key_usage == bits ? Status{} : violates("keyUsage", "other bits than the profile's");
  }

  Status authority() const {
    MIBUN_CHECK(is_critical(id_ce::kBasicConstraints, "basicConstraints"));
    const bool good = parts_.is_ca_flagged() && parts_.basic_constraints->path_length == 0U;
    return good ? Status{} : violates("basicConstraints", "not a CA with path length 0");
  }

  Status distribution_points() const {
    MIBUN_CHECK(is_not_critical(id_ce::kCrlDistributionPoints, "cRLDistributionPoints"));
    return parts_.crl_names.empty() ? violates("cRLDistributionPoints", "no name in it") : Status{};
  }

  // How to reach the issuer: at least a mail address or a URI.
  Status issuer_alternative_name() const {
    MIBUN_CHECK(is_not_critical(id_ce::kIssuerAltName, "issuerAltName"));
    return parts_.issuer_has_contact ? Status{} : violates("issuerAltName", "neither a mail address nor a URI");
  }

  // Two upper-case letters, once: ISO 3166-1 alpha-2.
  Status country() const {
    if (parts_.country_count != 1) return violates("countryName", "not there exactly once");
    const std::string& text = parts_.country;
    const bool good = text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
    return good ? Status{} : violates("countryName", "not two upper-case letters");
  }
  Status one_state_at_most() const {
    return parts_.state_or_province_count <= 1 ? Status{} : violates("stateOrProvinceName", "not there exactly once");
  }
  Status common_name() const { return parts_.common_name.empty() ? violates("commonName", "not there") : Status{}; }

  Status lives_at_most(hours limit) const {
    const auto life = certificate_.not_after() - certificate_.not_before();
    return life <= limit ? Status{} : violates("validity", "longer than the profile allows");
  }
  Status lives_at_most_years(int years) const {
    using namespace std::chrono;
    const auto from = sys_seconds(seconds(certificate_.not_before().unix_seconds()));
    const year_month_day day{floor<days>(from)};
    const year_month_day last_day{day.year() + std::chrono::years(years), day.month(), day.day()};
    // 29 February: 1 March of a year without one.
    const auto last = sys_days(last_day) + (from - floor<days>(from));
    const bool good = certificate_.not_after().unix_seconds() <= last.time_since_epoch().count();
    return good ? Status{} : violates("validity", "longer than the profile allows");
  }

  Status signed_for_curve_of(const CaCertificate& issuer) const {
    const bool good = is_ecdsa_of_curve_size(parts_.method, issuer.parts().key);
    return good ? Status{} : violates("signatureAlgorithm", "not ECDSA with the digest of the curve's size");
  }

  // Names the issuer's key, and its own, as bytes; the issuer's name is written as the issuer writes it.
  Status bound_to(const CaCertificate& issuer) const {
    if (parts_.issuer_der != issuer.parts().subject_der) {
      return violates("issuer", "not the bytes of the issuer's subject");
    }
    MIBUN_CHECK(is_not_critical(id_ce::kSubjectKeyIdentifier, "subjectKeyIdentifier"));
    MIBUN_CHECK(is_not_critical(id_ce::kAuthorityKeyIdentifier, "authorityKeyIdentifier"));
    const BytesView wanted = certificate_.authority_key_id();
    if (wanted.empty() || !std::ranges::equal(wanted, issuer.subject_key_id())) {
      return violates("authorityKeyIdentifier", "not the issuer's subject key identifier");
    }
    return signed_for_curve_of(issuer);
  }

  Status extended_key_usage(std::string_view oid, bool alone) const {
    MIBUN_CHECK(is_critical(id_ce::kExtKeyUsage, "extKeyUsage"));
    if (!has_extended_key_usage(certificate_, oid)) return violates("extKeyUsage", "not the profile's");
    const bool good = !alone || parts_.extended_key_usages.size() == 1;
    return good ? Status{} : violates("extKeyUsage", "another usage beside the profile's");
  }

  // Same country; same state when both name one.
  Status same_place(const CaCertificate& iaca) const {
    const Profiled above("iaca", iaca);
    MIBUN_CHECK(country());
    if (iaca.parts().country_count != 1) return above.violates("countryName", "not there exactly once");
    if (parts_.country != iaca.parts().country) return violates("countryName", "not the issuing authority's");
    MIBUN_CHECK(one_state_at_most());
    MIBUN_CHECK(above.one_state_at_most());
    const std::string& own_state = parts_.state_or_province;
    const std::string& state = iaca.parts().state_or_province;
    const bool good = own_state.empty() || state.empty() || own_state == state;
    return good ? Status{} : violates("stateOrProvinceName", "not the issuing authority's");
  }

  // What a root and a link have in common.
  Status issuing_authority() const {
    MIBUN_CHECK(serial());
    MIBUN_CHECK(country());
    MIBUN_CHECK(one_state_at_most());
    MIBUN_CHECK(common_name());
    if (parts_.key.kind != KeyKind::ec) return violates("subjectPublicKeyInfo", "not an EC key");
    MIBUN_CHECK(is_not_critical(id_ce::kSubjectKeyIdentifier, "subjectKeyIdentifier"));
    MIBUN_CHECK(key_usage(kKeyCertSignBit | kCrlSignBit));
    MIBUN_CHECK(authority());
    MIBUN_CHECK(issuer_alternative_name());
    return distribution_points();
  }

  // What leaves have in common.
  Status leaf() const {
    MIBUN_CHECK(serial());
    MIBUN_CHECK(common_name());
    MIBUN_CHECK(key_usage(kDigitalSignatureBit));
    return distribution_points();
  }

 private:
  std::string_view profile_;
  const CaCertificate& certificate_;
  const Certificate::Parts& parts_;
};

}  // namespace

Status check_iaca_root(const CaCertificate& root) {
  const Profiled iaca("iaca", root);
  if (root.parts().issuer_der != root.parts().subject_der) return iaca.violates("issuer", "not its own subject");
  MIBUN_CHECK(iaca.issuing_authority());
  MIBUN_CHECK(iaca.lives_at_most_years(kIacaYears));
  MIBUN_CHECK(iaca.signed_for_curve_of(root));
  if (!check_link(root, root, 0, {})) return iaca.violates("signature", "not by its own key");
  return {};
}

Status check_iaca_link(const CaCertificate& link, const CaCertificate& issuer) {
  const Profiled profiled("iaca_link", link);
  MIBUN_CHECK(profiled.issuing_authority());
  MIBUN_CHECK(profiled.lives_at_most_years(kIacaYears));
  if (!link.parts().self_issued) return profiled.violates("subject", "not the issuing authority's name");
  MIBUN_CHECK(profiled.bound_to(issuer));
  return profiled.same_place(issuer);
}

Status check_document_signer(const CaCertificate& signer, const CaCertificate& iaca) {
  const Profiled profiled("document_signer", signer);
  MIBUN_CHECK(profiled.leaf());
  MIBUN_CHECK(profiled.lives_at_most(kDocumentSignerLife));
  MIBUN_CHECK(profiled.bound_to(iaca));
  MIBUN_CHECK(profiled.same_place(iaca));
  MIBUN_CHECK(profiled.extended_key_usage(kDocumentSignerUsage, true));
  return profiled.issuer_alternative_name();
}

Status check_mdoc_reader(const CaCertificate& reader, const CaCertificate& issuer) {
  const Profiled profiled("mdoc_reader", reader);
  MIBUN_CHECK(profiled.leaf());
  MIBUN_CHECK(profiled.lives_at_most(kReaderLife));
  MIBUN_CHECK(profiled.bound_to(issuer));
  return profiled.extended_key_usage(kReaderUsage, false);
}

}  // namespace mibun::crypto
