#include "platform/pkcs11/module.h"

#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <map>

namespace mibun::pkcs11 {
namespace {

std::string hexadecimal(CK_RV code) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "PKCS #11 error 0x%lx", code);
  return text.data();
}

}  // namespace

std::unexpected<Error> token_failure(const char* call, CK_RV code) {
  return fail(ErrorCode::keyd_token_failed, call, hexadecimal(code));
}

Result<std::shared_ptr<Module>> Module::load(const std::string& path) {
  static std::mutex loading;
  static std::map<std::string, std::weak_ptr<Module>> loaded;
  const std::lock_guard lock(loading);
  if (auto module = loaded[path].lock()) return module;
  // Never unloaded: such libraries start threads and register handlers of their own.
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) return fail(ErrorCode::keyd_token_failed, path, "cannot be loaded");
  void* symbol = ::dlsym(library, "C_GetFunctionList");
  if (symbol == nullptr) return fail(ErrorCode::keyd_token_failed, path, "is no PKCS #11 module");
  std::shared_ptr<Module> module(new Module());
  module->path_ = path;
  const auto get_calls = reinterpret_cast<CK_C_GetFunctionList>(symbol);
  if (const CK_RV code = get_calls(&module->calls_); code != CKR_OK) return token_failure("C_GetFunctionList", code);
  MIBUN_CHECK(module->initialize());
  loaded[path] = module;
  return module;
}

Module::~Module() {
  if (is_initialized_) calls_->C_Finalize(nullptr);
}

Status Module::initialize() {
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.flags = CKF_OS_LOCKING_OK;
  const CK_RV code = calls_->C_Initialize(&arguments);
  if (code != CKR_OK && code != CKR_CRYPTOKI_ALREADY_INITIALIZED) return token_failure("C_Initialize", code);
  is_initialized_ = true;
  return {};
}

Status Module::begin_anew() {
  ++generation_;
  if (is_initialized_) calls_->C_Finalize(nullptr);
  is_initialized_ = false;
  return initialize();
}

}  // namespace mibun::pkcs11
