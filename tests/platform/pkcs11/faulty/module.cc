// A PKCS #11 module that hands everything on to SoftHSM, except for what a test told it to do wrong.
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/platform/pkcs11/faulty/faults.h"

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST ours;
std::atomic<Fault> fault = Fault::none;
std::atomic<int> good_calls = 0;
std::atomic<int> delay = 0;
std::atomic<int> logins = 0;
std::vector<unsigned char> last_plaintext, last_signature;

// A test in another process says it in a file that MIBUN_TOKEN_FAULT names: "FAULT MILLISECONDS", for every call.
void ask_file() {
  const char* path = std::getenv("MIBUN_TOKEN_FAULT");
  if (path == nullptr) return;
  int number = 0, milliseconds = 0;
  std::ifstream(path) >> number >> milliseconds;
  good_calls = 0;
  delay = milliseconds;
  fault = static_cast<Fault>(number);
}

// Whether this call is one of those that go wrong; counts it.
bool goes_wrong(Fault wanted) {
  ask_file();
  const auto began = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - began < std::chrono::milliseconds(delay)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(delay.load(), 20)));
    ask_file();
  }
  if (fault != wanted) return false;
  return good_calls.fetch_sub(1) <= 0;
}
bool is_gone() {
  return goes_wrong(Fault::is_removed);
}

CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID* slots, CK_ULONG* count) {
  if (!is_gone()) return real->C_GetSlotList(present, slots, count);
  *count = 0;
  return CKR_OK;
}
CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void* application, CK_NOTIFY notify, CK_SESSION_HANDLE* session) {
  return is_gone() ? CKR_TOKEN_NOT_PRESENT : real->C_OpenSession(slot, flags, application, notify, session);
}
CK_RV log_in(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR* pin, CK_ULONG size) {
  ++logins;
  return real->C_Login(session, user, pin, size);
}
CK_RV encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key) {
  return is_gone() ? CKR_DEVICE_REMOVED : real->C_EncryptInit(session, mechanism, key);
}
CK_RV decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key) {
  return is_gone() ? CKR_DEVICE_REMOVED : real->C_DecryptInit(session, mechanism, key);
}
CK_RV find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE* wanted, CK_ULONG count) {
  return is_gone() ? CKR_DEVICE_REMOVED : real->C_FindObjectsInit(session, wanted, count);
}
CK_RV generate_key(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_ATTRIBUTE* attributes, CK_ULONG count,
                   CK_OBJECT_HANDLE* key) {
  return is_gone() ? CKR_DEVICE_REMOVED : real->C_GenerateKey(session, mechanism, attributes, count, key);
}
CK_RV generate_key_pair(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_ATTRIBUTE* of_public,
                        CK_ULONG public_count, CK_ATTRIBUTE* of_private, CK_ULONG private_count,
                        CK_OBJECT_HANDLE* public_key, CK_OBJECT_HANDLE* private_key) {
  if (is_gone()) return CKR_DEVICE_REMOVED;
  return real->C_GenerateKeyPair(session, mechanism, of_public, public_count, of_private, private_count, public_key,
                                 private_key);
}
CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key) {
  return is_gone() ? CKR_DEVICE_REMOVED : real->C_SignInit(session, mechanism, key);
}
CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* out, CK_ULONG* out_size) {
  const CK_RV done = real->C_Sign(session, data, size, out, out_size);
  if (done != CKR_OK || out == nullptr) return done;
  const std::vector<unsigned char> given(out, out + *out_size);
  if (goes_wrong(Fault::changes_signature)) out[*out_size - 1] ^= 1;
  if (goes_wrong(Fault::forgets_digest) && last_signature.size() == *out_size) {
    std::memcpy(out, last_signature.data(), *out_size);
  } else {
    last_signature = given;
  }
  return done;
}
CK_RV destroy_object(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  if (is_gone()) return CKR_DEVICE_REMOVED;
  if (goes_wrong(Fault::keeps_what_it_should_destroy)) return CKR_OK;
  return real->C_DestroyObject(session, object);
}
CK_RV encrypt(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* out, CK_ULONG* out_size) {
  const CK_RV done = real->C_Encrypt(session, data, size, out, out_size);
  if (done == CKR_OK && out != nullptr) last_plaintext.assign(data, data + size);
  if (done == CKR_OK && out != nullptr && goes_wrong(Fault::changes_ciphertext)) out[0] ^= 1;
  return done;
}
CK_RV decrypt(CK_SESSION_HANDLE session, CK_BYTE* data, CK_ULONG size, CK_BYTE* out, CK_ULONG* out_size) {
  const CK_RV done = real->C_Decrypt(session, data, size, out, out_size);
  if (done != CKR_OK || out == nullptr) return done;
  if (goes_wrong(Fault::changes_plaintext)) out[0] ^= 1;
  if (goes_wrong(Fault::forgets_ciphertext) && last_plaintext.size() == *out_size) {
    std::memcpy(out, last_plaintext.data(), *out_size);
  }
  return done;
}

}  // namespace

extern "C" CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  void* library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return CKR_GENERAL_ERROR;
  const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  if (get == nullptr || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
  ours = *real;
  ours.C_GetSlotList = get_slot_list;
  ours.C_OpenSession = open_session;
  ours.C_Login = log_in;
  ours.C_EncryptInit = encrypt_init;
  ours.C_DecryptInit = decrypt_init;
  ours.C_FindObjectsInit = find_objects_init;
  ours.C_GenerateKey = generate_key;
  ours.C_GenerateKeyPair = generate_key_pair;
  ours.C_SignInit = sign_init;
  ours.C_Sign = sign;
  ours.C_DestroyObject = destroy_object;
  ours.C_Encrypt = encrypt;
  ours.C_Decrypt = decrypt;
  *list = &ours;
  return CKR_OK;
}

extern "C" void mibun_set_fault(Fault next, int after, int milliseconds) {
  good_calls = after;
  delay = milliseconds;
  fault = next;
}

extern "C" int mibun_logins() {
  return logins;
}
