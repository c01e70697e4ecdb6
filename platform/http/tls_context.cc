#include "platform/http/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits>
#include <string_view>

namespace mibun::http {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Bio = std::unique_ptr<BIO, BioFree>;
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;
using X509Pointer = std::unique_ptr<X509, CertificateFree>;

Bio read_from(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Never asks a terminal for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

Status use_chain(SSL_CTX* context, std::string_view pem) {
  const Bio bio = read_from(pem);
  const X509Pointer leaf(bio ? PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return fail(ErrorCode::certificate_malformed, "certificate_chain_pem", "there is no certificate to show");
  }
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) == 1) continue;
    X509_free(next);
    return fail(ErrorCode::certificate_malformed, "certificate_chain_pem", "a chain certificate was not accepted");
  }
  ERR_clear_error();  // the end of the text shows as "no start line"
  return {};
}

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         std::string_view(group, size) == "prime256v1";
}

Status use_key(SSL_CTX* context, std::string_view pem) {
  const Bio bio = read_from(pem);
  const Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key) return fail(ErrorCode::private_key_malformed, "private_key_pem", "there is no unencrypted private key");
  if (!is_p256(key.get())) return fail(ErrorCode::private_key_rejected, "private_key_pem", "the key is not P-256");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fail(ErrorCode::private_key_rejected, "private_key_pem", "the key is not the certificate's");
  }
  return {};
}

// RFC 7301, section 3.2: a client that offers protocols, none of them ours, gets no_application_protocol.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr std::string_view kHttp11 = "http/1.1";
  for (unsigned int i = 0; i < offered_size; i += 1U + offered[i]) {
    const std::string_view name(reinterpret_cast<const char*>(offered + i + 1), offered[i]);
    if (name != kHttp11) continue;
    *out = offered + i + 1;
    *out_size = offered[i];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<SslContext> make_tls_context(const TlsIdentity& identity) {
  ERR_clear_error();
  SslContext context(SSL_CTX_new(TLS_server_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1) {
    return fail(ErrorCode::crypto_failure, "tls", "TLS 1.3 is not available");
  }
  static constexpr unsigned char kSessionId[] = "mibun";
  SSL_CTX_set_session_id_context(context.get(), kSessionId, sizeof kSessionId - 1);
  SSL_CTX_set_num_tickets(context.get(), 1);  // one resumption for one connection: each brings the next ticket
  SSL_CTX_set_max_early_data(context.get(), 0);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  MIBUN_CHECK(use_chain(context.get(), identity.certificate_chain_pem));
  MIBUN_CHECK(use_key(context.get(), identity.private_key_pem));
  return context;
}

}  // namespace mibun::http
