#include "platform/pkcs11/signing_token.h"

#include <array>
#include <utility>

#include "platform/pkcs11/session.h"

namespace mibun::pkcs11 {
namespace {

constexpr CK_OBJECT_CLASS kPrivateKey = CKO_PRIVATE_KEY, kPublicKey = CKO_PUBLIC_KEY;
constexpr CK_KEY_TYPE kEc = CKK_EC;
// ECParameters: the object identifier of secp256r1 (RFC 5480, section 2.1.1.1).
constexpr std::array<std::uint8_t, 10> kP256{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr std::size_t kPointSize = 65, kSignatureSize = 64;

class Pkcs11SigningToken final : public SigningToken {
 public:
  explicit Pkcs11SigningToken(std::shared_ptr<Session> session) : session_(std::move(session)) {}

  Status make_pair(const KeyName& name) override {
    return session_->run([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(const auto there, session_->find(session, kPrivateKey, name));
      if (!there.empty()) return fail(ErrorCode::io_error, name.label, "there is a key of that name");
      std::array of_public{attribute(CKA_CLASS, kPublicKey), attribute(CKA_KEY_TYPE, kEc),
                           attribute(CKA_EC_PARAMS, kP256),  attribute(CKA_ID, name.owner),
                           attribute(CKA_LABEL, name.label), attribute(CKA_TOKEN, kYes),
                           attribute(CKA_PRIVATE, kNo),      attribute(CKA_VERIFY, kYes)};
      std::array of_private{
          attribute(CKA_CLASS, kPrivateKey), attribute(CKA_KEY_TYPE, kEc),    attribute(CKA_ID, name.owner),
          attribute(CKA_LABEL, name.label),  attribute(CKA_TOKEN, kYes),      attribute(CKA_PRIVATE, kYes),
          attribute(CKA_SENSITIVE, kYes),    attribute(CKA_EXTRACTABLE, kNo), attribute(CKA_MODIFIABLE, kNo),
          attribute(CKA_SIGN, kYes),         attribute(CKA_DECRYPT, kNo),     attribute(CKA_UNWRAP, kNo),
          attribute(CKA_DERIVE, kNo)};
      CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
      CK_OBJECT_HANDLE made_public = 0, made_private = 0;
      return check("C_GenerateKeyPair",
                   calls().C_GenerateKeyPair(session, &mechanism, of_public.data(), of_public.size(), of_private.data(),
                                             of_private.size(), &made_public, &made_private));
    });
  }

  Result<std::vector<std::string>> labels(const std::string& owner) override {
    std::vector<std::string> found;
    MIBUN_CHECK(session_->run([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(found, session_->labels(session, kPrivateKey, owner));
      return {};
    }));
    return found;
  }

  Result<Bytes> public_point(const KeyName& name) override {
    Bytes point;
    MIBUN_CHECK(session_->run([&](CK_SESSION_HANDLE session) -> Status {
      const auto any = [](CK_SESSION_HANDLE, CK_OBJECT_HANDLE) -> Status { return {}; };
      MIBUN_TRY(const CK_OBJECT_HANDLE key, session_->key(session, kPublicKey, name, any));
      MIBUN_TRY(point, read_point(session, key));
      return {};
    }));
    return point;
  }

  Result<Bytes> sign_digest(const KeyName& name, BytesView digest32) override {
    Bytes signature;
    MIBUN_CHECK(session_->run([&](CK_SESSION_HANDLE session) -> Status {
      const auto made_here = [&](CK_SESSION_HANDLE inside, CK_OBJECT_HANDLE key) {
        return session_->check_made_here(inside, key, name.label);
      };
      MIBUN_TRY(const CK_OBJECT_HANDLE key, session_->key(session, kPrivateKey, name, made_here));
      CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
      MIBUN_CHECK(check("C_SignInit", calls().C_SignInit(session, &mechanism, key)));
      signature.assign(kSignatureSize, 0);
      CK_ULONG size = signature.size();
      MIBUN_CHECK(
          check("C_Sign", calls().C_Sign(session, bytes_of(digest32), digest32.size(), signature.data(), &size)));
      if (size != kSignatureSize) return fail(ErrorCode::keyd_token_failed, "C_Sign", "an answer of another size");
      return {};
    }));
    return signature;
  }

  Status destroy_pair(const KeyName& name) override {
    return session_->run([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_CHECK(session_->destroy(session, kPrivateKey, name));
      return session_->destroy(session, kPublicKey, name);
    });
  }

 private:
  const CK_FUNCTION_LIST& calls() const { return session_->calls(); }

  // An OCTET STRING with the point inside (PKCS #11 v2.40, section 2.3.3); some tokens give the point as it is.
  Result<Bytes> read_point(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    std::array<std::uint8_t, 256> value{};
    CK_ATTRIBUTE wanted{CKA_EC_POINT, value.data(), value.size()};
    MIBUN_CHECK(check("C_GetAttributeValue", calls().C_GetAttributeValue(session, key, &wanted, 1)));
    BytesView given(value.data(), wanted.ulValueLen);
    if (given.size() == kPointSize + 2 && given[0] == 0x04 && given[1] == kPointSize) given = given.subspan(2);
    if (given.size() == kPointSize && given[0] == 0x04) return to_bytes(given);
    return fail(ErrorCode::keyd_integrity_error, "CKA_EC_POINT", "not an uncompressed point of P-256");
  }

  const std::shared_ptr<Session> session_;
};

}  // namespace

Result<std::unique_ptr<SigningToken>> SigningToken::open(const TokenPlace& place, SecretBytes pin) {
  MIBUN_TRY(auto session, Session::open(place, std::move(pin)));
  return std::make_unique<Pkcs11SigningToken>(std::move(session));
}

}  // namespace mibun::pkcs11
