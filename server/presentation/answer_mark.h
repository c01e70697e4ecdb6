#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

// Of partners that take the answers to all their requests at one address: which request an answer is to. The names of
// the encryption key and the state begin with it, for the wallet gives back at least one of them in the open
// (OpenID4VP 1.0, sections 8.2 and 8.3). It only leads to the row: whether they are the row's own is judged with the
// rest of the answer.
namespace mibun::server {

std::string marked_with(std::string_view request_id, std::string_view token);

// Errors: oid4vp_transaction_unknown (it says none), form_*.
Result<std::string> request_named_in(std::string_view form_body);

}  // namespace mibun::server
