#pragma once

#include <dlfcn.h>

#include <stdexcept>

#include "tests/platform/pkcs11/faulty/faults.h"

// The same library that the module's user loads.
inline void set_fault(Fault fault, int after = 0, int milliseconds = 0) {
  void* library = dlopen(MIBUN_FAULTY_MODULE, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  void* symbol = library == nullptr ? nullptr : dlsym(library, "mibun_set_fault");
  if (symbol == nullptr) throw std::runtime_error("the faulty module cannot be loaded");
  reinterpret_cast<SetFault>(symbol)(fault, after, milliseconds);
}

// How often a PIN was sent so far.
inline int logins() {
  void* library = dlopen(MIBUN_FAULTY_MODULE, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  void* symbol = library == nullptr ? nullptr : dlsym(library, "mibun_logins");
  if (symbol == nullptr) throw std::runtime_error("the faulty module cannot be loaded");
  return reinterpret_cast<int (*)()>(symbol)();
}

// For the scope of a test: well behaved before and after.
struct FaultScope {
  FaultScope() { set_fault(Fault::none); }
  FaultScope(const FaultScope&) = delete;
  ~FaultScope() { set_fault(Fault::none); }
};
