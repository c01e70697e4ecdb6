#pragma once

#include <map>
#include <string>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// What could be kept of a person by a duty.
class HeldFacts {
 public:
  virtual ~HeldFacts() = default;
  // Of the newest approved case: its claims by name, kHeldMethod and kHeldProvenAt; empty without such a case.
  virtual Result<std::map<std::string, json::Value>> held_facts(const keyd::PersonId& person) = 0;
};

}  // namespace mibun::server
