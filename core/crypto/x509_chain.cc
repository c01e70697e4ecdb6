// Chain building as strict as this system needs it, over certificates that the library only parses: its own verifier
// takes extensions, key types and purposes that nothing here uses, and does not gain from a second thread.

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

#include "core/crypto/x509.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

constexpr std::size_t kRememberedChainsMax = 4096;

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

// `below`: how many intermediate certificates stand between `x509` and the leaf.
bool path_length_fits(X509* x509, std::size_t below) {
  const long limit = X509_get_pathlen(x509);
  return limit < 0 || below <= static_cast<std::size_t>(limit);
}

Status check_link(const Certificate& subject, const Certificate& issuer, std::size_t below) {
  X509* lower = subject.parts().x509.get();
  X509* upper = issuer.parts().x509.get();
  if (X509_NAME_cmp(X509_get_issuer_name(lower), X509_get_subject_name(upper)) != 0) {
    return untrusted("issuer", "not the next certificate's subject");
  }
  if (!key_identifiers_agree(lower, upper)) return untrusted("issuer", "another key identifier");
  if (!is_ca(upper)) return untrusted("issuer", "not a certification authority");
  if (!path_length_fits(upper, below)) return untrusted("issuer", "path length exceeded");
  if (X509_get_signature_nid(lower) != NID_ecdsa_with_SHA256) return untrusted("signature", "algorithm not allowed");
  if (X509_verify(lower, X509_get0_pubkey(upper)) != 1) return untrusted("signature", "does not match");
  return {};
}

Status check_leaf(const Certificate& leaf, CertificatePurpose purpose) {
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
  using OwnedUsages = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
  const OwnedUsages usages(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr)));
  const OwnedObject wanted(OBJ_txt2obj(std::string(extended_key_usage_oid(purpose)).c_str(), 1));
  MIBUN_INVARIANT(wanted != nullptr);
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    if (OBJ_cmp(sk_ASN1_OBJECT_value(usages.get(), i), wanted.get()) == 0) return {};
  }
  return wrong("extended key usage");
}

Sha256Digest chain_digest(std::span<const Bytes> chain) {
  // Digests of the members have a fixed length, so two chains never read the same.
  Bytes digests;
  for (const Bytes& der : chain) {
    const Sha256Digest one = sha256(der);
    digests.insert(digests.end(), one.begin(), one.end());
  }
  return sha256(digests);
}

struct VerifiedChain {
  Certificate leaf;
  Instant not_before, not_after;  // of all members and the anchor together
};

}  // namespace

std::string_view extended_key_usage_oid(CertificatePurpose purpose) {
  switch (purpose) {
    case CertificatePurpose::credential_issuer:
      return "1.3.6.1.4.1.32473.1.1";
    case CertificatePurpose::verifier_access:
      return "1.3.6.1.4.1.32473.1.2";
    case CertificatePurpose::registrar:
      return "1.3.6.1.4.1.32473.1.3";
    case CertificatePurpose::receipt:
      return "1.3.6.1.4.1.32473.1.4";
    case CertificatePurpose::tls_server:
      return "1.3.6.1.5.5.7.3.1";
    case CertificatePurpose::mdoc_document_signer:
      return "1.0.18013.5.1.2";
    case CertificatePurpose::mdoc_reader:
      return "1.0.18013.5.1.6";
    case CertificatePurpose::status_list_signer:
      return "1.3.6.1.4.1.32473.1.5";
  }
  MIBUN_INVARIANT(false);
  return {};
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

struct TrustAnchors::Impl {
  CertificatePurpose purpose;
  std::vector<Certificate> anchors;

  std::mutex mutex;
  std::map<Sha256Digest, VerifiedChain> remembered;
  std::deque<Sha256Digest> order;  // oldest first

  std::optional<Certificate> recall(const Sha256Digest& digest, Instant now) {
    const std::lock_guard lock(mutex);
    const auto found = remembered.find(digest);
    if (found == remembered.end()) return std::nullopt;
    const VerifiedChain& chain = found->second;
    // Out of its time: the full check says which member it is.
    if (!check_validity(chain.not_before, chain.not_after, now)) return std::nullopt;
    return chain.leaf;
  }

  void remember(const Sha256Digest& digest, const VerifiedChain& chain) {
    const std::lock_guard lock(mutex);
    if (!remembered.emplace(digest, chain).second) return;
    order.push_back(digest);
    if (order.size() <= kRememberedChainsMax) return;
    remembered.erase(order.front());
    order.pop_front();
  }

  bool is_anchor(const Certificate& certificate) const {
    return std::ranges::any_of(anchors, [&](const Certificate& a) { return a.sha256() == certificate.sha256(); });
  }

  Result<std::vector<Certificate>> parse_chain(std::span<const Bytes> chain) const {
    std::vector<Certificate> out;
    for (const Bytes& der : chain) {
      auto certificate = Certificate::parse(der);
      if (!certificate) return fail(ErrorCode::certificate_malformed, certificate.error().where);
      if (is_anchor(*certificate)) return fail(ErrorCode::certificate_is_anchor, "chain");
      if (certificate->is_self_issued()) return untrusted("chain", "self-issued");
      MIBUN_CHECK(check_critical_extensions(certificate->parts().x509.get()));
      out.push_back(std::move(*certificate));
    }
    return out;
  }

  // Several anchors may carry one name (a renewed key): the first that fits is taken.
  Result<const Certificate*> find_anchor(const Certificate& last, std::size_t below) const {
    Status why = untrusted("issuer", "no trust anchor has this name");
    for (const Certificate& anchor : anchors) {
      Status link = check_link(last, anchor, below);
      if (link) return &anchor;
      const bool named = X509_NAME_cmp(X509_get_issuer_name(last.parts().x509.get()),
                                       X509_get_subject_name(anchor.parts().x509.get())) == 0;
      if (named) why = std::move(link);
    }
    return pass_error(why);
  }

  Result<VerifiedChain> verify(std::span<const Bytes> chain, Instant now) const {
    MIBUN_TRY(const std::vector<Certificate> members, parse_chain(chain));
    for (std::size_t i = 0; i + 1 < members.size(); ++i) {
      MIBUN_CHECK(check_link(members[i], members[i + 1], i));
    }
    MIBUN_TRY(const Certificate* anchor, find_anchor(members.back(), members.size() - 1));
    MIBUN_CHECK(check_critical_extensions(anchor->parts().x509.get()));
    VerifiedChain verified{members.front(), anchor->not_before(), anchor->not_after()};
    for (const Certificate& member : members) {
      verified.not_before = std::max(verified.not_before, member.not_before());
      verified.not_after = std::min(verified.not_after, member.not_after());
    }
    MIBUN_CHECK(check_validity(verified.not_before, verified.not_after, now));
    MIBUN_CHECK(check_leaf(members.front(), purpose));
    return verified;
  }
};

TrustAnchors::TrustAnchors(CertificatePurpose purpose, std::vector<Certificate> anchors)
    : impl_(std::make_unique<Impl>()) {
  impl_->purpose = purpose;
  impl_->anchors = std::move(anchors);
}
TrustAnchors::~TrustAnchors() = default;
TrustAnchors::TrustAnchors(TrustAnchors&&) noexcept = default;
TrustAnchors& TrustAnchors::operator=(TrustAnchors&&) noexcept = default;

CertificatePurpose TrustAnchors::purpose() const {
  return impl_->purpose;
}
const std::vector<Certificate>& TrustAnchors::anchors() const {
  return impl_->anchors;
}

Result<Certificate> TrustAnchors::verify_chain(std::span<const Bytes> chain, Instant now) const {
  if (chain.empty()) return fail(ErrorCode::certificate_malformed, "chain", "empty");
  if (chain.size() > kCertificateChainMax) return fail(ErrorCode::certificate_chain_too_long, "chain");
  const Sha256Digest digest = chain_digest(chain);
  if (std::optional<Certificate> leaf = impl_->recall(digest, now)) return *leaf;
  MIBUN_TRY(const VerifiedChain verified, impl_->verify(chain, now));
  impl_->remember(digest, verified);
  return verified.leaf;
}

}  // namespace mibun::crypto
