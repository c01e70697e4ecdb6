#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::server::legal_hold {

// One duty's record of one person, whole: the rows of the database, and the file beside the journal that outlives them.
// Nothing in it can be read here: each value is sealed to two people (envelope.h).
struct HoldRecord {
  struct Sealed {
    std::string field, first_person, second_person, envelope;
  };
  std::string hold_id, erasure_id;
  Bytes account_lookup;  // as on the receipt of erasure
  std::string duty_id, law, article, controller;
  Instant kept_at;
  std::string until;  // the last day in Japan
  Instant erase_at;   // when it has passed
  std::vector<Sealed> sealed;
};

// {"version":1,"hold_id","erasure_id","account":b64u,"duty_id","law","article","controller","kept_at_ms","until",
//  "erase_at_ms","sealed":[{"field","first_person","second_person","envelope"}]}
std::string to_json(const HoldRecord& record);
// Errors: json_*, base64url_*.
Result<HoldRecord> read_hold_record(BytesView json);

// The same person and duty give the same id, so that an erasure that is tried again replaces what the first try left.
std::string hold_id_of(BytesView account_lookup, const std::string& duty_id);

}  // namespace mibun::server::legal_hold
