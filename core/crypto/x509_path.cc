// Chain building as strict as this system needs it, over certificates that the library only parses: its own verifier
// takes extensions, key types and purposes that nothing here uses, and does not gain from a second thread.

#include "core/crypto/x509_path.h"

#include <algorithm>

#include "core/crypto/certificate_parts.h"

namespace mibun::crypto {
namespace {

std::unexpected<Error> untrusted(const char* where, const char* detail) {
  return fail(ErrorCode::certificate_untrusted, where, detail);
}

// Both extensions must be there: an absent key usage does not mean "everything".
bool is_ca(const Certificate::Parts& parts) {
  return parts.is_ca_flagged() && parts.has_key_usage(kKeyCertSignBit);
}

// Absent on either side says nothing; present on both they must agree (RFC 5280, section 4.2.1.1).
bool key_identifiers_agree(const Certificate::Parts& lower, const Certificate::Parts& upper) {
  return !lower.authority_key_id || !upper.subject_key_id || *lower.authority_key_id == *upper.subject_key_id;
}

bool path_length_fits(const Certificate::Parts& parts, std::size_t below) {
  const auto& constraints = parts.basic_constraints;
  return !constraints || !constraints->path_length || below <= *constraints->path_length;
}

bool names_link(const CaCertificate& lower, const CaCertificate& upper) {
  return same_name(lower.parts().issuer_der, upper.parts().subject_der);
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
    MIBUN_CHECK(check_critical_extensions(members[i].parts().extensions));
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
  const Certificate::Parts& lower = subject.parts();
  const Certificate::Parts& upper = issuer.parts();
  if (!names_link(subject, issuer)) return untrusted("issuer", "not the next certificate's subject");
  if (!key_identifiers_agree(lower, upper)) return untrusted("issuer", "another key identifier");
  if (!is_ca(upper)) return untrusted("issuer", "not a certification authority");
  if (!path_length_fits(upper, below)) return untrusted("issuer", "path length exceeded");
  MIBUN_CHECK(check_signature_method(lower.method, upper.key, rules, ErrorCode::certificate_untrusted));
  if (!is_signed_by(lower, upper)) return untrusted("signature", "does not match");
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
  MIBUN_CHECK(check_critical_extensions(anchor->parts().extensions));
  VerifiedPath path{std::move(members), *anchor, {anchor->not_before(), anchor->not_after()}};
  for (const CaCertificate& member : path.members) path.window.narrow(member.not_before(), member.not_after());
  MIBUN_CHECK(check_validity(path.window.not_before, path.window.not_after, now));
  return path;
}

Status check_leaf(const CaCertificate& leaf, std::string_view usage) {
  const auto wrong = [](const char* detail) { return fail(ErrorCode::certificate_wrong_purpose, "leaf", detail); };
  const Certificate::Parts& parts = leaf.parts();
  if (parts.is_ca_flagged()) return wrong("a certification authority");
  if (!parts.has_key_usage(kDigitalSignatureBit)) return wrong("key usage without digitalSignature");
  if (parts.has_key_usage(kKeyCertSignBit)) return wrong("key usage with keyCertSign");
  if (!has_extended_key_usage(leaf, usage)) return wrong("extended key usage");
  return {};
}

bool has_extended_key_usage(const CaCertificate& certificate, std::string_view oid) {
  const std::vector<Bytes>& usages = certificate.parts().extended_key_usages;
  return std::ranges::find(usages, object_identifier(oid)) != usages.end();
}

Status check_critical_extensions(std::span<const der::Extension> extensions) {
  for (const der::Extension& extension : extensions) {
    const std::uint8_t id = id_ce_of(extension.oid);
    const bool checked_here = id == id_ce::kBasicConstraints || id == id_ce::kKeyUsage || id == id_ce::kExtKeyUsage ||
                              id == id_ce::kSubjectAltName;
    // RFC 5280 makes these critical; one that is not would narrow the issuer all the same.
    const bool narrows =
        id == id_ce::kNameConstraints || id == id_ce::kPolicyConstraints || id == id_ce::kInhibitAnyPolicy;
    if (narrows || (extension.critical && !checked_here)) {
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
