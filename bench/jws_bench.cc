#include "bench/jws_bench.h"

#include <chrono>
#include <string>
#include <vector>

#include "core/crypto/p256.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"

namespace mibun::bench {
namespace {

constexpr int kHolders = 64;
constexpr std::string_view kTyp = "dpop+jwt";
constexpr std::string_view kKeyHeaders[] = {"jwk"};
const Instant kNow = Instant::from_unix_seconds(1'795'402'800);

Result<std::string> sign_proof(const crypto::P256PrivateKey& key) {
  const json::Object claims{{"jti", "f3oV2nTq8mJ1kQzR"},
                            {"htm", "POST"},
                            {"htu", "https://issuer.example/credential"},
                            {"iat", kNow.unix_seconds()},
                            {"ath", "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"}};
  return jose::sign_jws({{"typ", kTyp}, {"jwk", jose::Jwk(key.public_key()).to_json()}}, json::serialize(claims), key);
}

}  // namespace

struct JwsBench::Impl {
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  std::vector<std::string> proofs;
  std::size_t next = 0;
};

JwsBench::JwsBench(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JwsBench::JwsBench(JwsBench&&) noexcept = default;
JwsBench::~JwsBench() = default;

Result<JwsBench> JwsBench::make() {
  auto impl = std::make_unique<Impl>();
  for (int i = 0; i < kHolders; ++i) {
    MIBUN_TRY(std::string proof, sign_proof(crypto::P256PrivateKey::generate()));
    impl->proofs.push_back(std::move(proof));
  }
  return JwsBench(std::move(impl));
}

Status JwsBench::sign() {
  MIBUN_CHECK(sign_proof(impl_->key));
  return {};
}

Status JwsBench::verify() {
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(impl_->proofs[impl_->next++ % impl_->proofs.size()]));
  const json::Value* member = jws.unverified_header().if_contains("jwk");
  if (member == nullptr || !member->is_object()) return fail(ErrorCode::internal_error, "jwk");
  MIBUN_TRY(const jose::Jwk jwk, jose::Jwk::parse(member->get_object()));
  MIBUN_TRY(const jose::VerifiedJws verified, jws.verify(jwk.key(), {.typ = kTyp, .key_headers = kKeyHeaders}));
  return jose::check_times(verified.payload(), {.exp_required = false, .leeway = std::chrono::seconds(5)}, kNow);
}

}  // namespace mibun::bench
