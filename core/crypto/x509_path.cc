// Chain building as strict as this system needs it, over certificates that the library only parses: its own verifier
// takes extensions, key types and purposes that nothing here uses, and does not gain from a second thread.

#include "core/crypto/x509_path.h"

#include <algorithm>

#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

std::unexpected<Error> untrusted(const char* where, const char* detail) {
  return clear_errors(fail(ErrorCode::certificate_untrusted, where, detail));
}

// Both extensions must be there: the library takes an absent key usage for "everything".
bool is_ca(X509* x509) {
  const std::uint32_t flags = X509_get_extension_flags(x509);
  return (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0 && (flags & EXFLAG_KUSAGE) != 0 &&
         (X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) != 0;
}

// Absent on either side says nothing; present on both they must agree (RFC 5280, section 4.2.1.1).
bool key_identifiers_agree(X509* lower, X509* upper) {
  const ASN1_OCTET_STRING* wanted = X509_get0_authority_key_id(lower);
  const ASN1_OCTET_STRING* given = X509_get0_subject_key_id(upper);
  return wanted == nullptr || given == nullptr || ASN1_OCTET_STRING_cmp(wanted, given) == 0;
}

bool path_length_fits(X509* x509, std::size_t below) {
  const long limit = X509_get_pathlen(x509);
  return limit < 0 || below <= static_cast<std::size_t>(limit);
}

bool names_link(const CaCertificate& lower, const CaCertificate& upper) {
  return X509_NAME_cmp(X509_get_issuer_name(lower.parts().x509.get()),
                       X509_get_subject_name(upper.parts().x509.get())) == 0;
}

bool is_same(const CaCertificate& a, const CaCertificate& b) {
  return a.sha256() == b.sha256();
}

Status check_members(std::span<const CaCertificate> members, std::span<const CaCertificate> anchors) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto same = [&](const CaCertificate& other) { return is_same(members[i], other); };
    if (std::ranges::any_of(anchors, same)) return fail(ErrorCode::certificate_is_anchor, "chain");
    if (std::ranges::any_of(members.first(i), same)) return untrusted("chain", "a certificate twice");
    if (i == 0 && members[i].parts().self_issued) return untrusted("chain", "a self-issued leaf");
    MIBUN_CHECK(check_critical_extensions(members[i].parts().x509.get()));
  }
  return {};
}

// How many certificates that are not self-issued stand between member `i` and the leaf, itself counted: RFC 5280,
// section 6.1.4 (l).
std::size_t steps_below(std::span<const CaCertificate> members, std::size_t i) {
  std::size_t out = 0;
  for (std::size_t k = 1; k <= i; ++k) out += members[k].parts().self_issued ? 0 : 1;
  return out;
}

// Several anchors may carry one name (a renewed key): the first that fits is taken.
Result<const CaCertificate*> find_anchor(const CaCertificate& last, std::span<const CaCertificate> anchors,
                                         std::size_t below, const SignatureRules& rules) {
  Status why = untrusted("issuer", "no trust anchor has this name");
  for (const CaCertificate& anchor : anchors) {
    if (!names_link(last, anchor)) continue;
    Status link = check_link(last, anchor, below, rules);
    if (link) return &anchor;
    why = std::move(link);
  }
  return pass_error(why);
}

}  // namespace

void Window::narrow(Instant from, Instant until) {
  not_before = std::max(not_before, from);
  not_after = std::min(not_after, until);
}

const CaCertificate& VerifiedPath::issuer_of(std::size_t member) const {
  return member + 1 < members.size() ? members[member + 1] : anchor;
}

Status check_link(const CaCertificate& subject, const CaCertificate& issuer, std::size_t below,
                  const SignatureRules& rules) {
  X509* lower = subject.parts().x509.get();
  X509* upper = issuer.parts().x509.get();
  if (!names_link(subject, issuer)) return untrusted("issuer", "not the next certificate's subject");
  if (!key_identifiers_agree(lower, upper)) return untrusted("issuer", "another key identifier");
  if (!is_ca(upper)) return untrusted("issuer", "not a certification authority");
  if (!path_length_fits(upper, below)) return untrusted("issuer", "path length exceeded");
  EVP_PKEY* key = X509_get0_pubkey(upper);
  MIBUN_CHECK(check_signature_method(subject.parts().method, key, rules, ErrorCode::certificate_untrusted));
  if (X509_verify(lower, key) != 1) return untrusted("signature", "does not match");
  return {};
}

Result<VerifiedPath> verify_path(std::vector<CaCertificate> members, std::span<const CaCertificate> anchors,
                                 const PathRules& rules, Instant now) {
  if (members.empty()) return fail(ErrorCode::certificate_malformed, "chain", "empty");
  if (members.size() > rules.members_max) return fail(ErrorCode::certificate_chain_too_long, "chain");
  MIBUN_CHECK(check_members(members, anchors));
  const std::size_t last = members.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    MIBUN_CHECK(check_link(members[i], members[i + 1], steps_below(members, i), rules.signatures));
  }
  MIBUN_TRY(const CaCertificate* anchor,
            find_anchor(members.back(), anchors, steps_below(members, last), rules.signatures));
  MIBUN_CHECK(check_critical_extensions(anchor->parts().x509.get()));
  VerifiedPath path{std::move(members), *anchor, {anchor->not_before(), anchor->not_after()}};
  for (const CaCertificate& member : path.members) path.window.narrow(member.not_before(), member.not_after());
  MIBUN_CHECK(check_validity(path.window.not_before, path.window.not_after, now));
  return path;
}

Status check_leaf(const CaCertificate& leaf, std::string_view usage) {
  const auto wrong = [](const char* detail) {
    return clear_errors(fail(ErrorCode::certificate_wrong_purpose, "leaf", detail));
  };
  X509* x509 = leaf.parts().x509.get();
  const std::uint32_t flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_CA) != 0) return wrong("a certification authority");
  if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) == 0) {
    return wrong("key usage without digitalSignature");
  }
  if ((X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) != 0) return wrong("key usage with keyCertSign");
  if (!has_extended_key_usage(x509, usage)) return wrong("extended key usage");
  return {};
}

bool has_extended_key_usage(X509* x509, std::string_view oid) {
  using OwnedUsages = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
  const OwnedUsages usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  const OwnedObject wanted(OBJ_txt2obj(std::string(oid).c_str(), 1));
  MIBUN_INVARIANT(wanted != nullptr);
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    if (OBJ_cmp(sk_ASN1_OBJECT_value(usages.get(), i), wanted.get()) == 0) return true;
  }
  return false;
}

Status check_critical_extensions(const X509* x509) {
  const int count = X509_get_ext_count(x509);
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* extension = X509_get_ext(x509, i);
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    const bool checked_here =
        nid == NID_basic_constraints || nid == NID_key_usage || nid == NID_ext_key_usage || nid == NID_subject_alt_name;
    // RFC 5280 makes these critical; one that is not would narrow the issuer all the same.
    const bool narrows = nid == NID_name_constraints || nid == NID_policy_constraints || nid == NID_inhibit_any_policy;
    if (narrows || (X509_EXTENSION_get_critical(extension) != 0 && !checked_here)) {
      return untrusted("extensions", "a critical extension that is not understood");
    }
  }
  return {};
}

Status check_validity(Instant not_before, Instant not_after, Instant now) {
  if (now < not_before) return fail(ErrorCode::certificate_not_yet_valid, "validity");
  if (now.unix_seconds() > not_after.unix_seconds()) return fail(ErrorCode::certificate_expired, "validity");
  return {};
}

}  // namespace mibun::crypto
