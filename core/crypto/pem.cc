#include "core/crypto/pem.h"

#include "core/codecs/base64url.h"
#include "core/crypto/certificate_make.h"

namespace mibun::crypto {

std::string pem_block(std::string_view label, BytesView der) {
  constexpr std::size_t kLine = 64;
  const std::string text = base64::encode(der);
  std::string out = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < text.size(); at += kLine) out.append(text, at, kLine) += '\n';
  return out.append("-----END ").append(label).append("-----\n");
}

Result<Bytes> single_pem_block(std::string_view pem, std::string_view label) {
  MIBUN_TRY(const std::optional<PemBlock> block, next_pem_block(pem));
  if (!block || block->label != label) return fail(ErrorCode::pem_malformed, "pem", "another kind of block");
  MIBUN_TRY(const std::optional<PemBlock> second, next_pem_block(pem));
  if (second) return fail(ErrorCode::pem_malformed, "pem", "more than one block");
  return to_bytes(block->contents.reveal());
}

Result<std::vector<Bytes>> certificates_from_pem(std::string_view pem) {
  std::vector<Bytes> out;
  while (true) {
    MIBUN_TRY(const std::optional<PemBlock> block, next_pem_block(pem));
    if (!block) break;
    if (block->label != "CERTIFICATE") return fail(ErrorCode::pem_malformed, "pem", "not a certificate");
    out.push_back(to_bytes(block->contents.reveal()));
  }
  if (out.empty()) return fail(ErrorCode::pem_malformed, "pem", "no certificate");
  return out;
}

Result<P256PrivateKey> private_key_from_pem(std::string_view pem) {
  MIBUN_TRY(const std::optional<PemBlock> block, next_pem_block(pem));
  if (!block || block->label != "PRIVATE KEY") return fail(ErrorCode::pem_malformed, "pem", "no private key");
  MIBUN_TRY(const std::optional<PemBlock> second, next_pem_block(pem));
  if (second) return fail(ErrorCode::pem_malformed, "pem", "more than one block");
  return P256PrivateKey::from_pkcs8(block->contents.reveal());
}

}  // namespace mibun::crypto
