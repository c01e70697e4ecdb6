#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

// The omission harness (docs/threat_model.md, G2): from every valid artefact, each member, element, segment, byte and
// policy input is taken away, emptied, doubled, retyped or moved, one at a time, and signed again where a signature
// covers it, so that the signature is not what refuses. Whatever is still accepted must stand in optional_places.txt.
namespace mibun::omission {

// One mutant: where something was changed, and how.
struct Mutant {
  std::string place;     // "payload/cnf/jwk/x", "chain/0", "policy/nonce"
  std::string mutation;  // "remove", "null", "duplicate", "string" ...
};

// What happens to one artefact. A weakness is a check that the artefact's verifier is told to leave out, by name: the
// harness must then see a mutant accepted (bites.cc).
class Trial {
 public:
  explicit Trial(std::string artefact, std::string weakness = {})
      : artefact_(std::move(artefact)), weakness_(std::move(weakness)) {}

  // The artefact as it is must be accepted, or nothing is tested.
  void honest(const Status& outcome);
  void tried(std::string place, std::string_view mutation, const Status& outcome);
  bool weakened(std::string_view weakness) const { return weakness == weakness_; }

  const std::string& artefact() const { return artefact_; }
  std::size_t mutants() const { return mutants_; }
  const std::vector<Mutant>& accepted() const { return accepted_; }
  // The reason when the artefact itself was refused, or was never tried.
  std::string broken() const;

 private:
  std::string artefact_, weakness_;
  std::size_t mutants_ = 0;
  bool honest_ = false;
  std::string refusal_;
  std::vector<Mutant> accepted_;
};

template <class T>
Status status_of(const Result<T>& result) {
  if (result) return {};
  return fail(result.error().code, result.error().where, result.error().detail);
}

struct Artefact {
  std::string name;
  std::function<void(Trial&)> run;
};
using Artefacts = std::vector<Artefact>;

// One file each.
void add_certificates(Artefacts& artefacts);
void add_jose(Artefacts& artefacts);
void add_sd_jwt(Artefacts& artefacts);
void add_status_lists(Artefacts& artefacts);
void add_dcql(Artefacts& artefacts);
void add_oid4vci(Artefacts& artefacts);
void add_issuing(Artefacts& artefacts);
void add_issuance_flow(Artefacts& artefacts);
void add_attestations(Artefacts& artefacts);
void add_oid4vp(Artefacts& artefacts);
void add_oid4vp_kinds(Artefacts& artefacts);
void add_receipts(Artefacts& artefacts);
void add_cose(Artefacts& artefacts);
void add_mdoc(Artefacts& artefacts);
void add_proximity(Artefacts& artefacts);

// A JSON or CBOR text with one change.
using Sink = std::function<void(const std::string& place, std::string_view mutation, const std::string& text)>;

}  // namespace mibun::omission
