#include "platform/pkcs11/token.h"

#include <array>
#include <utility>

#include "platform/pkcs11/session.h"

namespace mibun::pkcs11 {
namespace {

constexpr CK_ULONG kKeySize = 32;
constexpr std::size_t kTagSize = 16;
constexpr CK_OBJECT_CLASS kSecretKey = CKO_SECRET_KEY;
constexpr CK_KEY_TYPE kAes = CKK_AES;

class Pkcs11Token final : public Token {
 public:
  explicit Pkcs11Token(std::shared_ptr<Session> session) : session_(std::move(session)) {}

  Status make_key(const KeyName& name) override {
    return session_->run([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(const auto there, session_->find(session, kSecretKey, name));
      if (!there.empty()) return fail(ErrorCode::io_error, name.label, "there is a key of that name");
      const std::array attributes{
          attribute(CKA_CLASS, kSecretKey), attribute(CKA_KEY_TYPE, kAes),    attribute(CKA_VALUE_LEN, kKeySize),
          attribute(CKA_ID, name.owner),    attribute(CKA_LABEL, name.label), attribute(CKA_TOKEN, kYes),
          attribute(CKA_PRIVATE, kYes),     attribute(CKA_SENSITIVE, kYes),   attribute(CKA_EXTRACTABLE, kNo),
          attribute(CKA_MODIFIABLE, kNo),   attribute(CKA_ENCRYPT, kYes),     attribute(CKA_DECRYPT, kYes),
          attribute(CKA_WRAP, kNo),         attribute(CKA_UNWRAP, kNo),       attribute(CKA_SIGN, kNo),
          attribute(CKA_VERIFY, kNo),       attribute(CKA_DERIVE, kNo)};
      CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
      CK_OBJECT_HANDLE made = 0;
      auto writable = attributes;
      return check("C_GenerateKey",
                   calls().C_GenerateKey(session, &mechanism, writable.data(), writable.size(), &made));
    });
  }

  Result<std::vector<std::string>> labels(const std::string& owner) override {
    std::vector<std::string> found;
    MIBUN_CHECK(session_->run([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(found, session_->labels(session, kSecretKey, owner));
      return {};
    }));
    return found;
  }

  Status destroy_key(const KeyName& name) override {
    return session_->run([&](CK_SESSION_HANDLE session) { return session_->destroy(session, kSecretKey, name); });
  }

  Result<Bytes> seal(const KeyName& name, BytesView iv, BytesView aad, BytesView plaintext) override {
    Bytes sealed;
    MIBUN_CHECK(session_->run([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(const CK_OBJECT_HANDLE key, key_of(session, name));
      MIBUN_TRY(sealed, encrypt(session, key, iv, aad, plaintext));
      return {};
    }));
    return sealed;
  }

  Result<SecretBytes> open(const KeyName& name, BytesView iv, BytesView aad, BytesView sealed) override {
    SecretBytes plaintext;
    MIBUN_CHECK(session_->run([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(const CK_OBJECT_HANDLE key, key_of(session, name));
      auto opened = decrypt(session, key, iv, aad, sealed);
      // Tokens have many words for a tag that is wrong, a general failure among them. Whether it is the data or the
      // token is told by whether the token can open what it has just sealed, and still not this.
      if (!opened && works(session, key)) {
        opened = decrypt(session, key, iv, aad, sealed);
        if (!opened) return fail(ErrorCode::keyd_integrity_error, name.label, "does not open");
      }
      if (!opened) return pass_error(opened);
      plaintext = std::move(*opened);
      return {};
    }));
    return plaintext;
  }

 private:
  const CK_FUNCTION_LIST& calls() const { return session_->calls(); }

  Result<CK_OBJECT_HANDLE> key_of(CK_SESSION_HANDLE session, const KeyName& name) {
    return session_->key(session, kSecretKey, name, [&](CK_SESSION_HANDLE inside, CK_OBJECT_HANDLE key) -> Status {
      MIBUN_CHECK(session_->check_made_here(inside, key, name.label));
      CK_ULONG size = 0;
      CK_ATTRIBUTE wanted = attribute(CKA_VALUE_LEN, size);
      MIBUN_CHECK(check("C_GetAttributeValue", calls().C_GetAttributeValue(inside, key, &wanted, 1)));
      if (size == kKeySize) return {};
      return fail(ErrorCode::keyd_integrity_error, name.label, "is not an AES-256 key");
    });
  }

  static CK_GCM_PARAMS gcm(BytesView iv, BytesView aad) {
    CK_GCM_PARAMS parameters{};
    parameters.iv_ptr = bytes_of(iv);
    parameters.iv_len = iv.size();
    parameters.iv_bits = iv.size() * 8;
    parameters.aad_ptr = bytes_of(aad);
    parameters.aad_len = aad.size();
    parameters.tag_bits = kTagSize * 8;
    return parameters;
  }

  Result<Bytes> encrypt(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, BytesView iv, BytesView aad,
                        BytesView plaintext) {
    CK_GCM_PARAMS parameters = gcm(iv, aad);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    MIBUN_CHECK(check("C_EncryptInit", calls().C_EncryptInit(session, &mechanism, key)));
    Bytes sealed(plaintext.size() + kTagSize);
    CK_ULONG size = sealed.size();
    MIBUN_CHECK(
        check("C_Encrypt", calls().C_Encrypt(session, bytes_of(plaintext), plaintext.size(), sealed.data(), &size)));
    if (size != sealed.size()) return fail(ErrorCode::keyd_token_failed, "C_Encrypt", "an answer of another size");
    return sealed;
  }

  Result<SecretBytes> decrypt(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, BytesView iv, BytesView aad,
                              BytesView sealed) {
    CK_GCM_PARAMS parameters = gcm(iv, aad);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    MIBUN_CHECK(check("C_DecryptInit", calls().C_DecryptInit(session, &mechanism, key)));
    SecretBytes buffer(sealed.size());  // some tokens want room for the whole ciphertext
    CK_ULONG size = buffer.size();
    MIBUN_CHECK(check("C_Decrypt", calls().C_Decrypt(session, bytes_of(sealed), sealed.size(),
                                                     buffer.reveal_mutable().data(), &size)));
    if (size + kTagSize != sealed.size()) return fail(ErrorCode::keyd_token_failed, "C_Decrypt", "another size");
    return SecretBytes::copy_of(buffer.reveal().first(size));
  }

  bool works(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    // An IV of its own: no data key has this one, whose IVs are hashes.
    static constexpr std::array<std::uint8_t, 12> kIv{};
    static constexpr std::array<std::uint8_t, 16> kText{};
    const auto sealed = encrypt(session, key, kIv, {}, kText);
    if (!sealed) return false;
    const auto opened = decrypt(session, key, kIv, {}, *sealed);
    return opened && ct_equal(opened->reveal(), kText);
  }

  const std::shared_ptr<Session> session_;
};

}  // namespace

Result<std::unique_ptr<Token>> Token::open(TokenPlace place, SecretBytes pin) {
  MIBUN_TRY(auto session, Session::open(place, std::move(pin)));
  return std::make_unique<Pkcs11Token>(std::move(session));
}

}  // namespace mibun::pkcs11
