#pragma once

#include <vector>

#include "core/codecs/json.h"
#include "wallet/presentation.h"

// What a person may choose at a request, in JSON: docs/formats/wallet_steps.md. Inside wallet/steps.
namespace mibun::wallet::forms {

// {"card": Card, "credential", "way", "claims"} of each.
Result<json::Array> proposed(const Host& host, const ConsentQuestion& question);

// {"credentials": [{"credential", "cards": [{"card": Card, "checked_on", "ways": [{"way", "claims"}]}]}],
//  "sets": [{"required", "options": [[credential]], "proposed"}]}
Result<json::Object> choices(const Host& host, const ConsentQuestion& question);

// [{"credential", "card", "way"}]: ids, and a number that the question had. Errors: json_*.
Result<std::vector<PickedCard>> read_choice(const json::Array& array, const std::string& where);

}  // namespace mibun::wallet::forms
