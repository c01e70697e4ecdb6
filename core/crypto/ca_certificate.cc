#include "core/crypto/ca_certificate.h"

#include "core/crypto/certificate_parts.h"
#include "core/crypto/pem.h"

namespace mibun::crypto {
namespace {

BytesView view_of(const std::optional<Bytes>& bytes) {
  return bytes ? BytesView(*bytes) : BytesView{};
}

}  // namespace

Result<CaCertificate> CaCertificate::parse(BytesView der) {
  MIBUN_TRY(std::shared_ptr<const Certificate::Parts> parts, parse_certificate(der));
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
