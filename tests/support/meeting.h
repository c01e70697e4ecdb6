#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/mdoc/element_value.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/verifier.h"
#include "core/proximity/holder_flow.h"
#include "core/proximity/reader_flow.h"
#include "core/proximity/socket_retrieval.h"
#include "tests/support/test_issuers.h"

// A holder with a driving licence, a shop with a reader certificate, and whom they believe.
namespace meeting {

using namespace mibun;

inline constexpr std::string_view kMdl = "org.iso.18013.5.1.mDL", kNs = "org.iso.18013.5.1";
inline constexpr std::string_view kStatusUri = "https://issuer.example/status/1";
inline constexpr auto kDocumentSigner = crypto::CertificatePurpose::mdoc_document_signer;
inline constexpr auto kReaderPurpose = crypto::CertificatePurpose::mdoc_reader;

struct Issuer {
  TestAuthority iaca{"issuer"};
  TestSigner signer{iaca, kDocumentSigner, "ds.example"};
  crypto::TrustAnchors anchors = iaca.anchors(kDocumentSigner);
  crypto::TrustedIssuers trusted = issuers_of(iaca, kDocumentSigner, {std::string(kMdl)});

  // What a wallet receives: IssuerSigned.
  Bytes issue(std::string_view doc_type, const crypto::P256PublicKey& device_key,
              std::optional<mdoc::NewStatus> status = {}) const {
    SeededRng rng(1);
    using namespace mdoc::value;
    const mdoc::IssueRequest request{.doc_type = std::string(doc_type),
                                     .name_spaces = {{std::string(kNs),
                                                      {{"family_name", text("山田")},
                                                       {"portrait", bytes(Bytes(2000, 0x5a))},
                                                       {"age_over_18", boolean(true)},
                                                       {"age_over_20", boolean(true)},
                                                       {"age_over_65", boolean(false)}}}},
                                     .device_key = device_key,
                                     .signed_at = kTestNow - std::chrono::hours(1),
                                     .valid_from = kTestNow - std::chrono::hours(1),
                                     .valid_until = kTestNow + std::chrono::hours(24),
                                     .status = std::move(status),
                                     .elements = mdoc::IssuedElements::ignore};
    return must(mdoc::issue(request, signer.key, signer.chain, rng));
  }
};

// Documents in memory; counts who was asked to sign.
class Pocket final : public proximity::DocumentBox {
 public:
  void add(const Issuer& issuer, std::string_view doc_type = kMdl, std::optional<mdoc::NewStatus> status = {}) {
    keys_.push_back(crypto::P256PrivateKey::generate());
    const auto& key = keys_.back();
    held_.push_back(must(mdoc::HeldMdoc::reopen_stored(issuer.issue(doc_type, key.public_key(), std::move(status)))));
  }
  std::vector<const mdoc::HeldMdoc*> documents() const override {
    std::vector<const mdoc::HeldMdoc*> all;
    for (const auto& one : held_) all.push_back(&one);
    return all;
  }
  Result<const crypto::P256Signer*> signer(std::size_t place) const override {
    ++signers_asked;
    if (is_locked) return fail(ErrorCode::wallet_locked);
    return &keys_[place];
  }
  mutable int signers_asked = 0;
  bool is_locked = false;

 private:
  std::vector<crypto::P256PrivateKey> keys_;
  std::vector<mdoc::HeldMdoc> held_;
};

// A registrar's word as the test wants it; remembers who asked.
struct TestRegister final : proximity::ReaderRegister {
  Result<Standing> check(const crypto::Certificate& reader, std::span<const mdoc::ItemsRequest>, Instant) override {
    readers_seen.push_back(reader.common_name());
    if (refusal) return fail(*refusal, "registration");
    return standing;
  }
  Standing standing = Standing::registered;
  std::optional<ErrorCode> refusal;
  std::vector<std::string> readers_seen;
};

struct World {
  Issuer issuer;
  TestAuthority readers{"readers"};
  TestSigner shop{readers, kReaderPurpose, "shop.example"};
  crypto::TrustAnchors reader_anchors = readers.anchors(kReaderPurpose);
  mutable TestRegister registrations;

  proximity::HolderPolicy holder_policy(
      proximity::UnknownReaders unknown = proximity::UnknownReaders::ask_holder) const {
    return {.readers = reader_anchors, .registrations = registrations, .unknown_readers = unknown};
  }
  proximity::ReaderPolicy reader_policy() const { return reader_policy(shop); }
  proximity::ReaderPolicy reader_policy(const TestSigner& reader) const {
    return {.issuers = issuer.trusted,
            .identity = proximity::ReaderIdentity{reader.key, reader.chain},
            .status_lists = {},
            .without_status = proximity::WithoutStatus::refuse};
  }
  proximity::ReaderPolicy anonymous_policy() const {
    auto policy = reader_policy();
    policy.identity = proximity::AnonymousReader{};
    return policy;
  }
};

inline std::vector<proximity::DocumentQuestion> questions(std::string_view doc_type = kMdl) {
  return {{.doc_type = std::string(doc_type),
           .name_spaces = {{std::string(kNs), {{"family_name", true}, {"age_over_19", false}, {"height", false}}}}}};
}

inline const std::vector<mdoc::RetrievalMethod>& ways() {
  static const std::vector<mdoc::RetrievalMethod> made = {proximity::socket_retrieval({"127.0.0.1", 4711})};
  return made;
}

}  // namespace meeting
