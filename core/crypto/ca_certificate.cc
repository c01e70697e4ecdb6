#include "core/crypto/ca_certificate.h"

#include <deque>
#include <map>

#include "core/base/mutex.h"
#include "core/crypto/certificate_parts.h"
#include "core/crypto/hash.h"
#include "core/crypto/pem.h"

namespace mibun::crypto {
namespace {

BytesView view_of(const std::optional<Bytes>& bytes) {
  return bytes ? BytesView(*bytes) : BytesView{};
}

constexpr std::size_t kRecentMax = 256;

// What was read lately, by the hash of its DER. Authorities are few and come again and again: a wallet reads its trust
// list for every exchange, and OpenSSL takes 0.1 ms for the key in one certificate.
class Recent {
 public:
  std::shared_ptr<const Certificate::Parts> find(const Sha256Digest& hash) const {
    const Lock lock(mutex_);
    const auto found = parts_.find(hash);
    return found == parts_.end() ? nullptr : found->second;
  }

  void keep(const Sha256Digest& hash, const std::shared_ptr<const Certificate::Parts>& parts) {
    const Lock lock(mutex_);
    if (!parts_.try_emplace(hash, parts).second) return;
    order_.push_back(hash);
    if (order_.size() <= kRecentMax) return;
    parts_.erase(order_.front());
    order_.pop_front();
  }

 private:
  mutable Mutex mutex_;
  std::map<Sha256Digest, std::shared_ptr<const Certificate::Parts>> parts_;
  std::deque<Sha256Digest> order_;  // oldest first
};

Recent& recent() {
  static Recent all;
  return all;
}

}  // namespace

Result<CaCertificate> CaCertificate::parse(BytesView der) {
  const Sha256Digest hash = crypto::sha256(der);
  if (auto known = recent().find(hash)) return CaCertificate(std::move(known));
  MIBUN_TRY(std::shared_ptr<const Certificate::Parts> parts, parse_certificate(der));
  recent().keep(hash, parts);
  return CaCertificate(std::move(parts));
}

Result<CaCertificate> CaCertificate::from_pem(std::string_view pem) {
  MIBUN_TRY(const Bytes der, single_pem_block(pem, "CERTIFICATE"));
  return parse(der);
}

CaCertificate::CaCertificate(const Certificate& certificate) : parts_(certificate.shared_parts()) {}

BytesView CaCertificate::der() const {
  return parts_->der;
}
const Sha256Digest& CaCertificate::sha256() const {
  return parts_->sha256;
}
Instant CaCertificate::not_before() const {
  return parts_->not_before;
}
Instant CaCertificate::not_after() const {
  return parts_->not_after;
}
const std::string& CaCertificate::subject() const {
  return parts_->subject;
}
BytesView CaCertificate::serial() const {
  return parts_->serial;
}
BytesView CaCertificate::subject_key_id() const {
  return view_of(parts_->subject_key_id);
}
BytesView CaCertificate::authority_key_id() const {
  return view_of(parts_->authority_key_id);
}
const std::vector<std::string>& CaCertificate::crl_uris() const {
  return parts_->crl_uris;
}
std::string CaCertificate::pem() const {
  return pem_block("CERTIFICATE", der());
}

}  // namespace mibun::crypto
