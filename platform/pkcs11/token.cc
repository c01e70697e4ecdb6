#include "platform/pkcs11/token.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "platform/pkcs11/module.h"

namespace mibun::pkcs11 {
namespace {

constexpr CK_ULONG kKeySize = 32;
constexpr std::size_t kTagSize = 16;
constexpr CK_ULONG kSlotsMax = 64, kObjectsMax = 64, kLabelBytesMax = 256;

// PKCS #11 takes everything by pointers that are not const; nothing here is written to.
template <class T>
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const T& value) {
  return {type, const_cast<T*>(&value), sizeof(T)};
}
CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const std::string& text) {
  return {type, const_cast<char*>(text.data()), text.size()};
}
CK_BYTE* bytes_of(BytesView bytes) {
  return const_cast<CK_BYTE*>(bytes.data());
}

constexpr CK_BBOOL kYes = CK_TRUE, kNo = CK_FALSE;
constexpr CK_OBJECT_CLASS kSecretKey = CKO_SECRET_KEY;
constexpr CK_KEY_TYPE kAes = CKK_AES;

// A label in a token's information: 32 bytes, filled up with blanks.
bool is_labelled(const CK_TOKEN_INFO& info, const std::string& label) {
  std::string there(reinterpret_cast<const char*>(info.label), sizeof info.label);
  there.erase(there.find_last_not_of(' ') + 1);
  return there == label;
}

class Pkcs11Token final : public Token {
 public:
  Pkcs11Token(TokenPlace place, SecretBytes pin, std::shared_ptr<Module> module)
      : place_(std::move(place)), pin_(std::move(pin)), module_(std::move(module)) {}
  ~Pkcs11Token() override {
    const std::lock_guard lock(module_->mutex());
    close_session();
  }

  Status log_in_once() {
    return with_session([](CK_SESSION_HANDLE) -> Status { return {}; });
  }

  Status make_key(const KeyName& name) override {
    return with_session([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(const auto there, find(session, name));
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
    MIBUN_CHECK(with_session([&](CK_SESSION_HANDLE session) -> Status {
      found.clear();
      MIBUN_TRY(const auto objects, find(session, {owner, {}}));
      for (const CK_OBJECT_HANDLE object : objects) {
        std::array<char, kLabelBytesMax> label{};
        CK_ATTRIBUTE wanted{CKA_LABEL, label.data(), label.size()};
        MIBUN_CHECK(check("C_GetAttributeValue", calls().C_GetAttributeValue(session, object, &wanted, 1)));
        found.emplace_back(label.data(), wanted.ulValueLen);
      }
      return {};
    }));
    std::ranges::sort(found);
    return found;
  }

  Status destroy_key(const KeyName& name) override {
    return with_session([&](CK_SESSION_HANDLE session) -> Status {
      keys_.erase({name.owner, name.label});
      MIBUN_TRY(const auto objects, find(session, name));
      for (const CK_OBJECT_HANDLE object : objects) {
        MIBUN_CHECK(check("C_DestroyObject", calls().C_DestroyObject(session, object)));
      }
      MIBUN_TRY(const auto left, find(session, name));
      if (!left.empty()) return fail(ErrorCode::keyd_token_failed, name.label, "is there still after it was destroyed");
      return {};
    });
  }

  Result<Bytes> seal(const KeyName& name, BytesView iv, BytesView aad, BytesView plaintext) override {
    Bytes sealed;
    MIBUN_CHECK(with_session([&](CK_SESSION_HANDLE session) -> Status {
      MIBUN_TRY(const CK_OBJECT_HANDLE key, key_of(session, name));
      MIBUN_TRY(sealed, encrypt(session, key, iv, aad, plaintext));
      return {};
    }));
    return sealed;
  }

  Result<SecretBytes> open(const KeyName& name, BytesView iv, BytesView aad, BytesView sealed) override {
    SecretBytes plaintext;
    MIBUN_CHECK(with_session([&](CK_SESSION_HANDLE session) -> Status {
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
  const CK_FUNCTION_LIST& calls() const { return module_->calls(); }

  static Status check(const char* call, CK_RV code) {
    if (code != CKR_OK) return token_failure(call, code);
    return {};
  }

  // Runs `work` in a session that is logged in, under the module's mutex; again in a new one, and again in a new
  // module.
  template <class Work>
  Status with_session(const Work& work) {
    const std::lock_guard lock(module_->mutex());
    Status done;
    for (int attempt = 0; attempt < 3; ++attempt) {
      if (attempt == 2) {
        if (done = module_->begin_anew(); !done) return done;
      }
      done = ensure_session();
      if (done) done = work(*session_);
      if (done || done.error().code != ErrorCode::keyd_token_failed || is_pin_refused_) return done;
      close_session();
    }
    return done;
  }

  Status ensure_session() {
    if (is_pin_refused_) return fail(ErrorCode::keyd_token_failed, "PIN", "was refused and is not sent again");
    if (session_ && generation_ == module_->generation()) return {};
    session_.reset();
    keys_.clear();
    MIBUN_TRY(const CK_SLOT_ID slot, find_slot());
    CK_SESSION_HANDLE session = 0;
    MIBUN_CHECK(check("C_OpenSession",
                      calls().C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session)));
    const CK_RV code = calls().C_Login(session, CKU_USER, bytes_of(pin_.reveal()), pin_.size());
    if (code != CKR_OK && code != CKR_USER_ALREADY_LOGGED_IN) {
      calls().C_CloseSession(session);
      is_pin_refused_ = code == CKR_PIN_INCORRECT || code == CKR_PIN_LOCKED || code == CKR_PIN_INVALID ||
                        code == CKR_PIN_LEN_RANGE || code == CKR_PIN_EXPIRED;
      if (is_pin_refused_) return fail(ErrorCode::keyd_token_failed, "C_Login", "the token refuses the PIN");
      return token_failure("C_Login", code);
    }
    session_ = session;
    generation_ = module_->generation();
    return {};
  }

  void close_session() {
    if (session_ && generation_ == module_->generation()) calls().C_CloseSession(*session_);
    session_.reset();
    keys_.clear();
  }

  Result<CK_SLOT_ID> find_slot() {
    std::array<CK_SLOT_ID, kSlotsMax> slots{};
    CK_ULONG count = slots.size();
    MIBUN_CHECK(check("C_GetSlotList", calls().C_GetSlotList(CK_TRUE, slots.data(), &count)));
    std::optional<CK_SLOT_ID> found;
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if (calls().C_GetTokenInfo(slots.at(i), &info) != CKR_OK || !is_labelled(info, place_.label)) continue;
      if (found) return fail(ErrorCode::keyd_token_failed, place_.label, "two tokens have this label");
      found = slots.at(i);
    }
    if (!found) return fail(ErrorCode::keyd_token_failed, place_.label, "there is no token of this label");
    return *found;
  }

  // An empty label: all keys of that owner.
  Result<std::vector<CK_OBJECT_HANDLE>> find(CK_SESSION_HANDLE session, const KeyName& name) {
    std::vector<CK_ATTRIBUTE> wanted{attribute(CKA_CLASS, kSecretKey), attribute(CKA_TOKEN, kYes),
                                     attribute(CKA_ID, name.owner)};
    if (!name.label.empty()) wanted.push_back(attribute(CKA_LABEL, name.label));
    MIBUN_CHECK(check("C_FindObjectsInit", calls().C_FindObjectsInit(session, wanted.data(), wanted.size())));
    std::vector<CK_OBJECT_HANDLE> found(kObjectsMax);
    CK_ULONG count = 0;
    const CK_RV code = calls().C_FindObjects(session, found.data(), found.size(), &count);
    calls().C_FindObjectsFinal(session);
    MIBUN_CHECK(check("C_FindObjects", code));
    found.resize(std::min<std::size_t>(count, found.size()));
    return found;
  }

  Result<CK_OBJECT_HANDLE> key_of(CK_SESSION_HANDLE session, const KeyName& name) {
    if (const auto known = keys_.find({name.owner, name.label}); known != keys_.end()) return known->second;
    MIBUN_TRY(const auto objects, find(session, name));
    if (objects.empty()) return fail(ErrorCode::not_found, name.label, "the token has no such key");
    if (objects.size() > 1)
      return fail(ErrorCode::keyd_integrity_error, name.label, "the token has two keys of that name");
    MIBUN_CHECK(check_made_here(session, objects.front(), name.label));
    keys_.emplace(std::pair(name.owner, name.label), objects.front());
    return objects.front();
  }

  // What was put into the token from outside, or could be read once, may be known to somebody.
  Status check_made_here(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const std::string& label) {
    CK_BBOOL is_local = CK_FALSE, always_sensitive = CK_FALSE, never_extractable = CK_FALSE;
    CK_ULONG size = 0;
    std::array wanted{attribute(CKA_LOCAL, is_local), attribute(CKA_ALWAYS_SENSITIVE, always_sensitive),
                      attribute(CKA_NEVER_EXTRACTABLE, never_extractable), attribute(CKA_VALUE_LEN, size)};
    MIBUN_CHECK(check("C_GetAttributeValue", calls().C_GetAttributeValue(session, key, wanted.data(), wanted.size())));
    if (is_local == CK_TRUE && always_sensitive == CK_TRUE && never_extractable == CK_TRUE && size == kKeySize)
      return {};
    return fail(ErrorCode::keyd_integrity_error, label, "was not made inside the token, or could be read once");
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

  const TokenPlace place_;
  const SecretBytes pin_;
  const std::shared_ptr<Module> module_;
  std::optional<CK_SESSION_HANDLE> session_;
  unsigned generation_ = 0;  // the module's, when the session was opened
  bool is_pin_refused_ = false;
  std::map<std::pair<std::string, std::string>, CK_OBJECT_HANDLE> keys_;  // of this session
};

}  // namespace

Result<std::unique_ptr<Token>> Token::open(TokenPlace place, SecretBytes pin) {
  MIBUN_TRY(auto module, Module::load(place.module));
  auto token = std::make_unique<Pkcs11Token>(std::move(place), std::move(pin), std::move(module));
  MIBUN_CHECK(token->log_in_once());
  return std::unique_ptr<Token>(std::move(token));
}

}  // namespace mibun::pkcs11
