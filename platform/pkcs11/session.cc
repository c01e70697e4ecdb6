#include "platform/pkcs11/session.h"

#include <algorithm>
#include <array>

namespace mibun::pkcs11 {
namespace {

constexpr CK_ULONG kSlotsMax = 64, kObjectsMax = 1024, kLabelBytesMax = 256;

// A label in a token's information: 32 bytes, filled up with blanks.
bool is_labelled(const CK_TOKEN_INFO& info, const std::string& label) {
  std::string there(reinterpret_cast<const char*>(info.label), sizeof info.label);
  there.erase(there.find_last_not_of(' ') + 1);
  return there == label;
}

}  // namespace

Result<std::shared_ptr<Session>> Session::open(const TokenPlace& place, SecretBytes pin) {
  static std::mutex opening;
  static std::map<std::pair<std::string, std::string>, std::weak_ptr<Session>> opened;
  const std::lock_guard lock(opening);
  std::weak_ptr<Session>& known = opened[{place.module, place.label}];
  if (auto session = known.lock(); session && ct_equal(session->pin_.reveal(), pin.reveal())) return session;
  MIBUN_TRY(auto module, Module::load(place.module));
  std::shared_ptr<Session> session(new Session(place, std::move(pin), std::move(module)));
  MIBUN_CHECK(session->run([](CK_SESSION_HANDLE) -> Status { return {}; }));
  known = session;
  return session;
}

Session::~Session() {
  const std::lock_guard lock(module_->mutex());
  close();
}

Status Session::ensure() {
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

void Session::close() {
  if (session_ && generation_ == module_->generation()) calls().C_CloseSession(*session_);
  session_.reset();
  keys_.clear();
}

Result<CK_SLOT_ID> Session::find_slot() {
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

Result<std::vector<CK_OBJECT_HANDLE>> Session::find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind,
                                                    const KeyName& name) {
  std::vector<CK_ATTRIBUTE> wanted{attribute(CKA_CLASS, kind), attribute(CKA_TOKEN, kYes),
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

Result<std::vector<std::string>> Session::labels(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind,
                                                 const std::string& owner) {
  std::vector<std::string> found;
  MIBUN_TRY(const auto objects, find(session, kind, {owner, {}}));
  for (const CK_OBJECT_HANDLE object : objects) {
    std::array<char, kLabelBytesMax> label{};
    CK_ATTRIBUTE wanted{CKA_LABEL, label.data(), label.size()};
    MIBUN_CHECK(check("C_GetAttributeValue", calls().C_GetAttributeValue(session, object, &wanted, 1)));
    found.emplace_back(label.data(), wanted.ulValueLen);
  }
  std::ranges::sort(found);
  return found;
}

Status Session::destroy(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind, const KeyName& name) {
  keys_.erase({kind, name.owner, name.label});
  MIBUN_TRY(const auto objects, find(session, kind, name));
  for (const CK_OBJECT_HANDLE object : objects) {
    MIBUN_CHECK(check("C_DestroyObject", calls().C_DestroyObject(session, object)));
  }
  MIBUN_TRY(const auto left, find(session, kind, name));
  if (!left.empty()) return fail(ErrorCode::keyd_token_failed, name.label, "is there still after it was destroyed");
  return {};
}

Result<CK_OBJECT_HANDLE> Session::only(CK_SESSION_HANDLE session, CK_OBJECT_CLASS kind, const KeyName& name) {
  MIBUN_TRY(const auto objects, find(session, kind, name));
  if (objects.empty()) return fail(ErrorCode::not_found, name.label, "the token has no such key");
  if (objects.size() > 1)
    return fail(ErrorCode::keyd_integrity_error, name.label, "the token has two keys of that name");
  return objects.front();
}

Status Session::check_made_here(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const std::string& label) {
  CK_BBOOL is_local = CK_FALSE, always_sensitive = CK_FALSE, never_extractable = CK_FALSE;
  std::array wanted{attribute(CKA_LOCAL, is_local), attribute(CKA_ALWAYS_SENSITIVE, always_sensitive),
                    attribute(CKA_NEVER_EXTRACTABLE, never_extractable)};
  MIBUN_CHECK(check("C_GetAttributeValue", calls().C_GetAttributeValue(session, key, wanted.data(), wanted.size())));
  if (is_local == CK_TRUE && always_sensitive == CK_TRUE && never_extractable == CK_TRUE) return {};
  return fail(ErrorCode::keyd_integrity_error, label, "was not made inside the token, or could be read once");
}

}  // namespace mibun::pkcs11
