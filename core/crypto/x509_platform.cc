// What the rules over certificates ask of a crypto library, natively.

#include <openssl/objects.h>

#include <algorithm>

#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

using OwnedName = Owned<X509_NAME, X509_NAME_free>;

OwnedName name_of(BytesView der) {
  const unsigned char* at = der.data();
  OwnedName name(d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));
  return clear_errors(name && at == der.data() + der.size() ? std::move(name) : OwnedName());
}

const char* digest_name(SignatureDigest digest) {
  switch (digest) {
    case SignatureDigest::other:
      return nullptr;
    case SignatureDigest::sha256:
      return "SHA256";
    case SignatureDigest::sha384:
      return "SHA384";
    case SignatureDigest::sha512:
      return "SHA512";
  }
  return nullptr;
}

}  // namespace

bool same_name(BytesView a, BytesView b) {
  if (std::ranges::equal(a, b)) return true;  // as almost always: nothing has to be decoded
  const OwnedName left = name_of(a), right = name_of(b);
  return clear_errors(left && right && X509_NAME_cmp(left.get(), right.get()) == 0);
}

Result<std::string> name_text(BytesView name) {
  const OwnedName read = name_of(name);
  if (!read) return fail(ErrorCode::certificate_malformed, "name");
  return clear_errors(name_text(read.get()));
}

bool is_signed_by(const Certificate::Parts& certificate, const Certificate::Parts& issuer) {
  return clear_errors(X509_verify(x509_of(certificate), X509_get0_pubkey(x509_of(issuer))) == 1);
}

bool is_list_signed_by(const SignatureMethod& method, BytesView tbs, BytesView signature,
                       const Certificate::Parts& issuer) {
  EVP_PKEY* key = X509_get0_pubkey(x509_of(issuer));
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  MIBUN_INVARIANT(context != nullptr);
  const bool good = EVP_DigestVerifyInit_ex(context.get(), nullptr, digest_name(method.digest), nullptr, nullptr, key,
                                            nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), signature.data(), signature.size(), tbs.data(), tbs.size()) == 1;
  return clear_errors(good);
}

}  // namespace mibun::crypto
