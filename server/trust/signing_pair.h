#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/x509.h"
#include "platform/keyd/signing_keys.h"
#include "server/trust/trust.h"

namespace mibun::server {

inline constexpr auto kCertificateBackdate = std::chrono::hours(1);  // clocks of wallets may run behind ours
// A new root is published for so long before anything is signed below it, so that whoever verifies has it by then.
inline constexpr auto kRootLead = std::chrono::days(7);
// A root that ends sooner gets a successor at the next start: a leaf, which lives for two years at most, shall never
// outlive its root, and a server is started once in a year.
inline constexpr auto kRootReserve = std::chrono::days(1100);

// An authority of ours, of one generation. Without a signer it is retired: it verifies what it certified.
struct Root {
  crypto::Certificate certificate;
  std::unique_ptr<keyd::KeySigner> signer;
  std::uint32_t generation = 1;
  std::optional<crypto::Certificate> link;  // the same key, certified by the root before
};

// Whether `root` signed it, of certificates that are ours: by the key identifiers.
bool is_below(const crypto::CaCertificate& leaf, const crypto::CaCertificate& root);

// A kind of signing key and how its certificates are made.
struct PairSpec {
  std::string root,
      leaf;  // signing names (platform/keyd); an authority that signs nothing but certificates has no leaf
  milliseconds reserve{0};                       // the leaf must outlive what it signs by now for so long
  milliseconds backdate = kCertificateBackdate;  // of the root
  std::function<Result<crypto::Certificate>(const crypto::P256Signer& key, std::uint32_t generation, Instant now)>
      certify_root;
  // Null where nobody knows such certificates.
  std::function<Result<crypto::Certificate>(const crypto::Certificate& newer, const Root& older, Instant now)>
      certify_link = {};
  std::function<Result<crypto::Certificate>(const crypto::P256PublicKey& key, const Root& root, Instant now)>
      certify_leaf;
};

// Root and leaf of one kind, in their generations. What is there is used; what is missing is made; what has no
// certificate yet is given one. The newest leaf whose certificate has begun signs. Its successor is made and certified
// while it still can, when its time runs out or a newer root has been published for long enough; and the one before
// verifies to its certificate's end, when its private key is destroyed. Roots have successors, too: when their time
// runs out, at a start. Safe from several threads.
class SigningPair {
 public:
  // Errors: those of the signing keys and of making certificates. A successor that cannot be made is no error while
  // there is a leaf that signs.
  static Result<std::unique_ptr<SigningPair>> open(std::shared_ptr<keyd::SigningKeys> keys, PairSpec spec, Instant now);

  // All that verify at `now`, oldest first; at least one. As of open(): a root that was made since waits for the next
  // start, where it is published.
  const std::vector<Root>& roots() const { return roots_; }
  // The one that certifies at `now`.
  const Root& current_root(Instant now) const;
  // Good for the life of this object, also when another has come after it.
  const SigningIdentity& signing() const { return *signing_.load(); }

  // Whether renew() has anything to do. Errors: those of list().
  Result<bool> is_due(Instant now);
  // Certifies, makes and retires what is due. From one thread at a time. Errors: as open(), all of them.
  Status renew(Instant now);

 private:
  struct Plan {
    std::optional<keyd::SigningKey> sign_with;  // the newest whose certificate has begun, when it is not in use
    std::optional<keyd::SigningKeyId> certify;  // made already, and has no certificate
    std::optional<keyd::SigningKeyId> make;     // and certify
    std::vector<keyd::SigningKeyId> retire;
    bool is_empty() const { return !sign_with && !certify && !make && retire.empty(); }
  };
  SigningPair(std::shared_ptr<keyd::SigningKeys> keys, PairSpec spec)
      : keys_(std::move(keys)), spec_(std::move(spec)) {}
  Status open_roots(Instant now);
  Status succeed_root(Instant now);
  Result<Root> open_root(const keyd::SigningKey& key, Instant now);
  Result<std::vector<Bytes>> certify_root(const keyd::KeySigner& signer, Instant now) const;
  Result<Plan> plan(Instant now);
  Result<bool> needs_successor(const crypto::Certificate& leaf, Instant now) const;
  Status certify(const keyd::SigningKeyId& id, const crypto::P256PublicKey& key, Instant now);
  void sign_with(const keyd::SigningKeyId& id, const crypto::P256PublicKey& key, std::vector<Bytes> chain);

  const std::shared_ptr<keyd::SigningKeys> keys_;
  const PairSpec spec_;
  std::vector<Root> roots_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<const SigningIdentity>> identities_;  // all that ever signed here: others refer to them
  std::atomic<std::uint32_t> generation_ = 0;                       // of the one that signs
  std::atomic<const SigningIdentity*> signing_ = nullptr;
};

}  // namespace mibun::server
