#pragma once

#include "core/codecs/json.h"
#include "server/proofing/service.h"

namespace mibun::server {

// A case as our own API shows it: {"case_id","method","state","created_at",...}; times in JST.
json::Object to_json(const CaseView& view);

}  // namespace mibun::server
