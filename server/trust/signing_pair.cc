#include "server/trust/signing_pair.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "platform/log/log.h"

namespace mibun::server {
namespace {

using keyd::SigningKey;
using keyd::SigningKeyId;

std::vector<SigningKey> of_name(std::vector<SigningKey> keys, std::string_view name) {
  std::erase_if(keys, [&](const SigningKey& key) { return key.id.name != name; });
  std::ranges::sort(keys, {}, &SigningKey::id);
  return keys;
}

// The clocks of those who verify are not ours: what it signed goes on for as long after its end as certificates begin
// before ours.
bool has_ended(const crypto::Certificate& certificate, Instant now) {
  return certificate.not_after() + kCertificateBackdate < now;
}

// Those of one name, by generation, that have come to their end and have a successor.
Status add_ended(const std::vector<SigningKey>& keys, Instant now, std::vector<SigningKeyId>& ended) {
  bool has_successor = false;
  for (const SigningKey& key : keys | std::views::reverse) {
    if (key.is_retired || key.chain.empty()) continue;
    MIBUN_TRY(const auto certificate, crypto::Certificate::parse(key.chain.front()));
    if (has_successor && has_ended(certificate, now)) ended.push_back(key.id);
    has_successor = true;
  }
  return {};
}

}  // namespace

bool is_below(const crypto::CaCertificate& leaf, const crypto::CaCertificate& root) {
  return std::ranges::equal(leaf.authority_key_id(), root.subject_key_id());
}

Result<std::unique_ptr<SigningPair>> SigningPair::open(std::shared_ptr<keyd::SigningKeys> keys, PairSpec spec,
                                                       Instant now) {
  std::unique_ptr<SigningPair> pair(new SigningPair(std::move(keys), std::move(spec)));
  MIBUN_CHECK(pair->open_roots(now));
  Status renewed = pair->renew(now);
  if (!renewed && !pair->spec_.leaf.empty() && pair->signing_ == nullptr) return pass_error(renewed);
  if (!renewed) log::warning("signing_key_not_renewed", {{"code", to_string(renewed.error().code)}});
  return pair;
}

Status SigningPair::open_roots(Instant now) {
  MIBUN_TRY(auto all, keys_->list());
  auto found = of_name(std::move(all), spec_.root);
  if (found.empty()) {
    const SigningKeyId first{spec_.root, 1};
    MIBUN_TRY(const auto public_key, keys_->create(first));
    found.push_back({first, public_key, {}, false});
  }
  for (const SigningKey& key : found) {
    if (key.is_retired && key.chain.empty()) continue;
    MIBUN_TRY(Root root, open_root(key, now));
    roots_.push_back(std::move(root));
  }
  if (roots_.empty()) return fail(ErrorCode::keyd_integrity_error, spec_.root, "all of them are retired");
  if (roots_.back().certificate.not_after() < now + kRootReserve) {
    // The old one goes on; the next start tries again.
    if (const Status made = succeed_root(now); !made) {
      log::warning("signing_key_not_renewed", {{"name", spec_.root}, {"code", to_string(made.error().code)}});
    }
  }
  // One that has ended verifies nothing; the newest stays, so that there is one to be renewed by hand.
  const auto newest = roots_.back().certificate.sha256();
  std::erase_if(roots_, [&](const Root& root) {
    return has_ended(root.certificate, now) && root.certificate.sha256() != newest;
  });
  return {};
}

Status SigningPair::succeed_root(Instant now) {
  const SigningKeyId next{spec_.root, roots_.back().generation + 1};
  MIBUN_TRY(const auto public_key, keys_->create(next));
  MIBUN_TRY(Root root, open_root({next, public_key, {}, false}, now));
  roots_.push_back(std::move(root));
  return {};
}

// The root's own certificate, and behind it that of the root before for the same key.
Result<std::vector<Bytes>> SigningPair::certify_root(const keyd::KeySigner& signer, Instant now) const {
  MIBUN_TRY(const crypto::Certificate own, spec_.certify_root(signer, signer.id().generation, now));
  std::vector<Bytes> chain{to_bytes(own.der())};
  if (spec_.certify_link && !roots_.empty() && roots_.back().signer) {
    MIBUN_TRY(const crypto::Certificate link, spec_.certify_link(own, roots_.back(), now));
    chain.push_back(to_bytes(link.der()));
  }
  return chain;
}

Result<Root> SigningPair::open_root(const SigningKey& key, Instant now) {
  auto signer = key.is_retired ? nullptr : std::make_unique<keyd::KeySigner>(keys_, key.id, *key.public_key);
  std::vector<Bytes> chain = key.chain;
  if (chain.empty()) {
    MIBUN_TRY(chain, certify_root(*signer, now));
    MIBUN_CHECK(keys_->keep_chain(key.id, chain));
  }
  MIBUN_TRY(crypto::Certificate certificate, crypto::Certificate::parse(chain.front()));
  Root root{std::move(certificate), std::move(signer), key.id.generation, std::nullopt};
  if (chain.size() > 1) {
    MIBUN_TRY(root.link, crypto::Certificate::parse(chain[1]));
  }
  return root;
}

const Root& SigningPair::current_root(Instant now) const {
  for (const Root& root : roots_ | std::views::reverse) {
    if (root.signer && root.certificate.not_before() + spec_.backdate + kRootLead <= now) return root;
  }
  const auto oldest = std::ranges::find_if(roots_, [](const Root& root) { return root.signer != nullptr; });
  return oldest == roots_.end() ? roots_.front() : *oldest;
}

Result<bool> SigningPair::needs_successor(const crypto::Certificate& leaf, Instant now) const {
  if (now + spec_.reserve > leaf.not_after()) return true;
  if (roots_.size() == 1) return false;
  return !is_below(leaf, current_root(now).certificate);
}

Result<SigningPair::Plan> SigningPair::plan(Instant now) {
  Plan plan;
  MIBUN_TRY(auto all, keys_->list());
  MIBUN_CHECK(add_ended(of_name(all, spec_.root), now, plan.retire));
  if (spec_.leaf.empty()) return plan;
  const auto leaves = of_name(std::move(all), spec_.leaf);
  MIBUN_CHECK(add_ended(leaves, now, plan.retire));
  std::uint32_t newest = 0;
  const SigningKey* good = nullptr;  // the newest whose certificate has begun, if any has
  bool needs = true;
  for (const SigningKey& key : leaves) {
    newest = key.id.generation;
    if (key.is_retired) continue;
    if (key.chain.empty()) {
      plan.certify = key.id;
      continue;
    }
    plan.certify.reset();  // of an older one that was passed over
    MIBUN_TRY(const auto certificate, crypto::Certificate::parse(key.chain.front()));
    // One that was certified while the clock was ahead waits until it is later.
    const bool has_begun = certificate.not_before() <= now;
    if (!has_begun && good != nullptr) continue;
    good = &key;
    MIBUN_TRY(const bool ends_soon, needs_successor(certificate, now));
    needs = !has_begun || ends_soon;
  }
  if (good != nullptr && good->id.generation != generation_) plan.sign_with = *good;
  if (needs && !plan.certify) plan.make = SigningKeyId{spec_.leaf, newest + 1};
  return plan;
}

Result<bool> SigningPair::is_due(Instant now) {
  MIBUN_TRY(const Plan plan, this->plan(now));
  return !plan.is_empty();
}

void SigningPair::sign_with(const SigningKeyId& id, const crypto::P256PublicKey& key, std::vector<Bytes> chain) {
  auto identity = std::make_unique<const SigningIdentity>(
      SigningIdentity{std::make_unique<keyd::KeySigner>(keys_, id, key), std::move(chain)});
  const std::lock_guard lock(mutex_);
  identities_.push_back(std::move(identity));
  generation_ = id.generation;
  signing_ = identities_.back().get();
}

Status SigningPair::certify(const SigningKeyId& id, const crypto::P256PublicKey& key, Instant now) {
  const Root& root = current_root(now);
  if (!root.signer) return fail(ErrorCode::keyd_integrity_error, spec_.root, "all of them are retired");
  MIBUN_TRY(const crypto::Certificate certificate, spec_.certify_leaf(key, root, now));
  std::vector<Bytes> chain{to_bytes(certificate.der())};
  MIBUN_CHECK(keys_->keep_chain(id, chain));
  sign_with(id, key, std::move(chain));
  return {};
}

Status SigningPair::renew(Instant now) {
  MIBUN_TRY(const Plan plan, this->plan(now));
  if (plan.sign_with) sign_with(plan.sign_with->id, *plan.sign_with->public_key, plan.sign_with->chain);
  if (plan.certify) {
    MIBUN_TRY(const auto all, keys_->list());
    const auto found = std::ranges::find(all, *plan.certify, &SigningKey::id);
    if (found != all.end() && found->public_key) MIBUN_CHECK(certify(*plan.certify, *found->public_key, now));
  }
  if (plan.make) {
    MIBUN_TRY(const auto public_key, keys_->create(*plan.make));
    MIBUN_CHECK(certify(*plan.make, public_key, now));
  }
  const bool has_successor = plan.certify || plan.make;  // then others may have come to their end
  MIBUN_TRY(const Plan rest, has_successor ? this->plan(now) : Result<Plan>(plan));
  for (const SigningKeyId& id : rest.retire) MIBUN_CHECK(keys_->retire(id));
  return {};
}

}  // namespace mibun::server
