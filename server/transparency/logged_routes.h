#pragma once

#include "platform/http/router.h"
#include "platform/keyd/keyd.h"
#include "server/transparency/operation_log.h"

namespace mibun::server {

// Around every handler of a router: routes that are operations (operation_names.h) run between their two records, and
// do not run at all when the intent is in no sink: 503 log_unavailable. Others run as they are, so that what is public
// and signed before can be read while nothing can be done.
http::Router::Around through_the_log(OperationLog& log, keyd::KeyHolder& keys);

// How an answer ended, in the words of the log: "ok", the code of a problem document or the error of a protocol, or
// "http_<status>".
std::string outcome_of(const http::ServerResponse& response);

// The key that makes the subjects of a person's records (tlog::log_subject): derived from the person's own, gone with
// it. Empty when the person has none any more. Errors: those of the key holder.
Result<SecretBytes> log_subject_key(keyd::KeyHolder& keys, const keyd::PersonId& person);

// The same for what the server does of its own accord. Errors: log_unavailable (`deed` did not run), the deed's.
Status run_in_log(OperationLog& log, std::string_view operation, const std::function<Status()>& deed);

}  // namespace mibun::server
