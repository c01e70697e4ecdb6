#include "bench/mdoc_bench.h"

#include <chrono>
#include <string>
#include <vector>

#include "core/codecs/cbor.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/holder.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/session_transcript.h"
#include "core/mdoc/verifier.h"

namespace mibun::bench {
namespace {

constexpr int kHolders = 8, kElements = 22;
constexpr std::size_t kSaltBytes = 32;
constexpr const char* kDocType = "org.example.card.1";
constexpr const char* kNameSpace = "org.example.card.1";
const Instant kNow = Instant::from_unix_seconds(1'795'402'800);

mdoc::SessionTranscript transcript() {
  return mdoc::SessionTranscript::make(mdoc::RedirectHandover{.client_id = "x509_hash:verifier",
                                                              .nonce = "n-0S6_WzA2Mj-0123456789",
                                                              .response_key = mdoc::ResponseKey::not_encrypted(),
                                                              .response_uri = "https://verifier.example/response"});
}

std::string element_name(int i) {
  return "element_name_" + std::to_string(i);
}

}  // namespace

struct MdocBench::Impl {
  Impl(crypto::P256PrivateKey signing_key, std::vector<Bytes> signer_chain, crypto::Certificate root)
      : key(std::move(signing_key)),
        chain(std::move(signer_chain)),
        anchors(crypto::TrustAnchors::ignore_mdoc_profile(crypto::CertificatePurpose::mdoc_document_signer,
                                                          {std::move(root)},
                                                          crypto::RevocationPolicy::ignore_revocation)) {}

  static mdoc::IssueRequest elements_for(const crypto::P256PublicKey& device, int elements) {
    mdoc::NewNameSpace name_space{kNameSpace, {}};
    for (int i = 0; i < elements; ++i) {
      name_space.elements.push_back({element_name(i), mdoc::value::text("Some value " + std::to_string(i * 77))});
    }
    return {.doc_type = kDocType,
            .name_spaces = {std::move(name_space)},
            .device_key = device,
            .signed_at = kNow - std::chrono::minutes(30),
            .valid_from = kNow - std::chrono::minutes(30),
            .valid_until = kNow + std::chrono::hours(12),
            .expected_update = {},
            .status = mdoc::NewStatus{412'345, "https://issuer.example/s/1"}};
  }
  mdoc::IssuerPolicy issuer_policy() const { return {.anchors = anchors, .doc_types = {kDocType}}; }

  crypto::P256PrivateKey key;
  std::vector<Bytes> chain;
  crypto::TrustAnchors anchors;
  std::vector<mdoc::IssueRequest> to_issue;  // of one element, two, three
  crypto::SystemRng rng;
  mdoc::VerifierPolicy policy{.issuer = issuer_policy()};
  std::vector<Bytes> responses;
  std::size_t next = 0;
};

MdocBench::MdocBench(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MdocBench::MdocBench(MdocBench&&) noexcept = default;
MdocBench::~MdocBench() = default;

Result<MdocBench> MdocBench::make() {
  const auto root_key = crypto::P256PrivateKey::generate();
  auto key = crypto::P256PrivateKey::generate();
  crypto::CertificateRequest request;
  request.common_name = "IACA";
  request.not_before = kNow - std::chrono::hours(1);
  request.not_after = kNow + std::chrono::hours(24);
  MIBUN_TRY(crypto::Certificate root, crypto::make_root_certificate(request, root_key));
  request.common_name = "document signer";
  request.san_uri = {"https://issuer.example"};
  request.purpose = crypto::CertificatePurpose::mdoc_document_signer;
  MIBUN_TRY(const auto leaf, crypto::make_certificate(request, key.public_key(), root, root_key));
  std::vector<Bytes> chain{to_bytes(leaf.der())};
  auto impl = std::make_unique<Impl>(std::move(key), std::move(chain), std::move(root));
  for (int elements = 1; elements <= kElements; ++elements) {
    impl->to_issue.push_back(Impl::elements_for(crypto::P256PrivateKey::generate().public_key(), elements));
  }
  std::vector<mdoc::ElementName> shown;
  for (int i = 0; i < kElements; i += 4) shown.push_back({kNameSpace, element_name(i)});
  for (int i = 0; i < kHolders; ++i) {
    const auto device = crypto::P256PrivateKey::generate();
    MIBUN_TRY(Bytes issued,
              mdoc::issue(Impl::elements_for(device.public_key(), kElements), impl->key, impl->chain, impl->rng));
    MIBUN_TRY(auto verified, mdoc::verify_issued(std::move(issued), impl->issuer_policy(), device.public_key(), kNow));
    const mdoc::HeldMdoc held(std::move(verified));
    MIBUN_TRY(Bytes response, held.present(shown, transcript(), mdoc::SignWith{device}));
    impl->responses.push_back(std::move(response));
  }
  return MdocBench(std::move(impl));
}

Status MdocBench::verify() {
  const Bytes& response = impl_->responses[impl_->next++ % impl_->responses.size()];
  MIBUN_TRY(const auto verified, mdoc::verify_device_response(response, impl_->policy, transcript(), kNow));
  MIBUN_INVARIANT(verified.documents()[0].find(kNameSpace, "element_name_4") != nullptr);
  return {};
}

Status MdocBench::issue(int elements) {
  const mdoc::IssueRequest& request = impl_->to_issue.at(static_cast<std::size_t>(elements - 1));
  MIBUN_CHECK(mdoc::issue(request, impl_->key, impl_->chain, impl_->rng));
  return {};
}

Result<IssueWork> MdocBench::issue_work(int elements) {
  const mdoc::IssueRequest& request = impl_->to_issue.at(static_cast<std::size_t>(elements - 1));
  MIBUN_TRY(const Bytes issued, mdoc::issue(request, impl_->key, impl_->chain, impl_->rng));
  cbor::Reader reader(issued);
  MIBUN_CHECK(reader.read_map());
  MIBUN_CHECK(reader.read_text());  // issuerAuth: protected header, unprotected header, payload, signature
  MIBUN_CHECK(reader.read_array());
  MIBUN_TRY(const BytesView protected_header, reader.read_bytes());
  MIBUN_CHECK(reader.skip());
  MIBUN_TRY(const BytesView mso, reader.read_bytes());
  MIBUN_CHECK(reader.skip());
  MIBUN_CHECK(reader.read_text());  // nameSpaces, of which there is one
  MIBUN_CHECK(reader.read_map());
  MIBUN_CHECK(reader.read_text());
  MIBUN_TRY(const std::uint64_t count, reader.read_array());
  IssueWork work{.random_bytes = count * kSaltBytes,
                 .digested = {},
                 .signed_bytes = std::string_view("Signature1").size() + protected_header.size() + mso.size()};
  for (std::uint64_t i = 0; i < count; ++i) {
    MIBUN_TRY(const cbor::Embedded item, reader.read_embedded());
    work.digested.push_back(item.item.size());
  }
  MIBUN_CHECK(reader.finish());
  return work;
}

std::size_t MdocBench::response_size() const {
  return impl_->responses.front().size();
}

}  // namespace mibun::bench
