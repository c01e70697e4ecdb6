#include "core/crypto/certificate.h"

#include "core/crypto/certificate_parts.h"
#include "core/crypto/pem.h"

namespace mibun::crypto {

Result<Certificate> Certificate::parse(BytesView der) {
  MIBUN_TRY(std::shared_ptr<const Parts> parts, parse_certificate(der));
  if (!parts->public_key) return std::unexpected<Error>(parts->public_key.error());
  return Certificate(std::move(parts));
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  MIBUN_TRY(const Bytes der, single_pem_block(pem, "CERTIFICATE"));
  return parse(der);
}

BytesView Certificate::der() const {
  return parts_->der;
}
const PublicKey& Certificate::public_key() const {
  return *parts_->public_key;
}
const Sha256Digest& Certificate::sha256() const {
  return parts_->sha256;
}
Instant Certificate::not_before() const {
  return parts_->not_before;
}
Instant Certificate::not_after() const {
  return parts_->not_after;
}
const std::string& Certificate::subject() const {
  return parts_->subject;
}
const std::string& Certificate::common_name() const {
  return parts_->common_name;
}
const std::string& Certificate::organization() const {
  return parts_->organization;
}
const std::string& Certificate::country() const {
  return parts_->country;
}
const std::string& Certificate::state_or_province() const {
  return parts_->state_or_province;
}
const std::vector<std::string>& Certificate::san_dns() const {
  return parts_->san_dns;
}
const std::vector<std::string>& Certificate::san_uri() const {
  return parts_->san_uri;
}
bool Certificate::is_self_issued() const {
  return parts_->self_issued;
}

std::string Certificate::pem() const {
  return pem_block("CERTIFICATE", parts_->der);
}

}  // namespace mibun::crypto
