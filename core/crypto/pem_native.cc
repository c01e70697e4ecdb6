// PEM as the library reads it, and private keys, whose text has to be wiped.

#include <openssl/pem.h>

#include "core/crypto/pem.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

// Owned from the moment the library hands them out.
struct ReadBlock {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  ReadBlock() = default;
  ReadBlock(const ReadBlock&) = delete;
  ReadBlock& operator=(const ReadBlock&) = delete;
  ~ReadBlock() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
};

}  // namespace

Result<std::optional<PemBlock>> next_pem_block(std::string_view& text) {
  const OwnedBio bio = bio_over(as_bytes(text));
  ReadBlock block;
  const bool found = PEM_read_bio(bio.get(), &block.name, &block.header, &block.data, &block.size) == 1;
  text.remove_prefix(text.size() - BIO_ctrl_pending(bio.get()));
  if (!found) {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (at_end) return std::nullopt;
    return fail(ErrorCode::pem_malformed);
  }
  const bool has_header = block.header[0] != 0;  // "Proc-Type: 4,ENCRYPTED"
  if (has_header) return fail(ErrorCode::pem_malformed, "header", "encrypted blocks are not read");
  return PemBlock{block.name, SecretBytes::copy_of({block.data, static_cast<std::size_t>(block.size)})};
}

SecretBytes private_key_pem(const P256PrivateKey& key) {
  const SecretBytes pkcs8 = key.pkcs8();
  const OwnedBio bio(BIO_new(BIO_s_secmem()));
  MIBUN_INVARIANT(
      bio && PEM_write_bio(bio.get(), "PRIVATE KEY", "", pkcs8.reveal().data(), static_cast<long>(pkcs8.size())) > 0);
  return SecretBytes::take(bio_bytes(bio.get()));
}

}  // namespace mibun::crypto
