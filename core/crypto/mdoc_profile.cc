#include "core/crypto/mdoc_profile.h"

#include <algorithm>
#include <chrono>

#include "core/crypto/x509_internal.h"
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
      : profile_(profile), certificate_(certificate), x509_(certificate.parts().x509.get()) {}

  Status violates(std::string_view rule, const char* detail) const {
    return clear_errors(
        fail(ErrorCode::certificate_profile_violation, std::string(profile_) + "." + std::string(rule), detail));
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
  Presence presence(int nid) const {
    const int at = X509_get_ext_by_NID(x509_, nid, -1);
    if (at < 0) return Presence::absent;
    return X509_EXTENSION_get_critical(X509_get_ext(x509_, at)) != 0 ? Presence::critical : Presence::not_critical;
  }
  Status is_critical(int nid, std::string_view rule) const {
    return presence(nid) == Presence::critical ? Status{} : violates(rule, "not there or not critical");
  }
  Status is_not_critical(int nid, std::string_view rule) const {
    return presence(nid) == Presence::not_critical ? Status{} : violates(rule, "not there or critical");
  }

  // Exactly these bits, critical.
  Status key_usage(std::uint32_t bits) const {
    MIBUN_CHECK(is_critical(NID_key_usage, "keyUsage"));
    return X509_get_key_usage(x509_) == bits ? Status{} : violates("keyUsage", "other bits than the profile's");
  }

  Status authority() const {
    MIBUN_CHECK(is_critical(NID_basic_constraints, "basicConstraints"));
    const bool good = certificate_.parts().is_ca_flagged() && X509_get_pathlen(x509_) == 0;
    return good ? Status{} : violates("basicConstraints", "not a CA with path length 0");
  }

  Status distribution_points() const {
    MIBUN_CHECK(is_not_critical(NID_crl_distribution_points, "cRLDistributionPoints"));
    return certificate_.parts().crl_names.empty() ? violates("cRLDistributionPoints", "no name in it") : Status{};
  }

  // How to reach the issuer: at least a mail address or a URI.
  Status issuer_alternative_name() const {
    MIBUN_CHECK(is_not_critical(NID_issuer_alt_name, "issuerAltName"));
    const OwnedNames names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(x509_, NID_issuer_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
      const int type = sk_GENERAL_NAME_value(names.get(), i)->type;
      if (type == GEN_EMAIL || type == GEN_URI) return {};
    }
    return violates("issuerAltName", "neither a mail address nor a URI");
  }

  // Two upper-case letters, once: ISO 3166-1 alpha-2.
  Status country() const {
    const Result<std::string> text = only("countryName", NID_countryName, true);
    if (!text) return std::unexpected<Error>(text.error());
    const bool good = text->size() == 2 && std::ranges::all_of(*text, [](char c) { return c >= 'A' && c <= 'Z'; });
    return good ? Status{} : violates("countryName", "not two upper-case letters");
  }
  Status common_name() const {
    return certificate_.parts().common_name.empty() ? violates("commonName", "not there") : Status{};
  }

  // The attribute of the subject, empty when absent; more than one, or a needed one absent, breaks the rule.
  Result<std::string> only(std::string_view rule, int nid, bool needed) const {
    const X509_NAME* name = X509_get_subject_name(x509_);
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if ((needed && at < 0) || (at >= 0 && X509_NAME_get_index_by_NID(name, nid, at) >= 0)) {
      return std::unexpected<Error>(violates(rule, "not there exactly once").error());
    }
    return name_attribute(name, nid);
  }

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
    const bool good = is_ecdsa_of_curve_size(certificate_.parts().method, X509_get0_pubkey(issuer.parts().x509.get()));
    return good ? Status{} : violates("signatureAlgorithm", "not ECDSA with the digest of the curve's size");
  }

  // Names the issuer's key, and its own, as bytes; the issuer's name is written as the issuer writes it.
  Status bound_to(const CaCertificate& issuer) const {
    if (certificate_.parts().issuer_der != issuer.parts().subject_der) {
      return violates("issuer", "not the bytes of the issuer's subject");
    }
    MIBUN_CHECK(is_not_critical(NID_subject_key_identifier, "subjectKeyIdentifier"));
    MIBUN_CHECK(is_not_critical(NID_authority_key_identifier, "authorityKeyIdentifier"));
    const BytesView wanted = certificate_.authority_key_id();
    if (wanted.empty() || !std::ranges::equal(wanted, issuer.subject_key_id())) {
      return violates("authorityKeyIdentifier", "not the issuer's subject key identifier");
    }
    return signed_for_curve_of(issuer);
  }

  Status extended_key_usage(std::string_view oid, bool alone) const {
    MIBUN_CHECK(is_critical(NID_ext_key_usage, "extKeyUsage"));
    if (!has_extended_key_usage(x509_, oid)) return violates("extKeyUsage", "not the profile's");
    using OwnedUsages = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
    const OwnedUsages usages(
        static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509_, NID_ext_key_usage, nullptr, nullptr)));
    const bool good = !alone || sk_ASN1_OBJECT_num(usages.get()) == 1;
    return good ? Status{} : violates("extKeyUsage", "another usage beside the profile's");
  }

  // Same country; same state when both name one.
  Status same_place(const CaCertificate& iaca) const {
    const Profiled above("iaca", iaca);
    MIBUN_CHECK(country());
    MIBUN_TRY(const std::string own_country, only("countryName", NID_countryName, true));
    MIBUN_TRY(const std::string country, above.only("countryName", NID_countryName, true));
    if (own_country != country) return violates("countryName", "not the issuing authority's");
    MIBUN_TRY(const std::string own_state, only("stateOrProvinceName", NID_stateOrProvinceName, false));
    MIBUN_TRY(const std::string state, above.only("stateOrProvinceName", NID_stateOrProvinceName, false));
    const bool good = own_state.empty() || state.empty() || own_state == state;
    return good ? Status{} : violates("stateOrProvinceName", "not the issuing authority's");
  }

  // What a root and a link have in common.
  Status issuing_authority() const {
    MIBUN_CHECK(serial());
    MIBUN_CHECK(country());
    MIBUN_CHECK(only("stateOrProvinceName", NID_stateOrProvinceName, false));
    MIBUN_CHECK(common_name());
    if (EVP_PKEY_is_a(X509_get0_pubkey(x509_), "EC") != 1) return violates("subjectPublicKeyInfo", "not an EC key");
    MIBUN_CHECK(is_not_critical(NID_subject_key_identifier, "subjectKeyIdentifier"));
    MIBUN_CHECK(key_usage(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    MIBUN_CHECK(authority());
    MIBUN_CHECK(issuer_alternative_name());
    return distribution_points();
  }

  // What leaves have in common.
  Status leaf() const {
    MIBUN_CHECK(serial());
    MIBUN_CHECK(common_name());
    MIBUN_CHECK(key_usage(KU_DIGITAL_SIGNATURE));
    return distribution_points();
  }

 private:
  std::string_view profile_;
  const CaCertificate& certificate_;
  X509* x509_;
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
