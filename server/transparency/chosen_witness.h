#pragma once

#include <string>

#include "core/tlog/note_key.h"

namespace mibun::server {

// A witness that the operator chose: somebody else, on another machine.
struct ChosenWitness {
  std::string url;          // the submission prefix, without "/" at its end: "https://witness.example"
  tlog::VerifierKey key;    // of kind cosignature_v1
  std::string ca_pem = {};  // the roots to trust for its TLS; empty: the system's
};

}  // namespace mibun::server
