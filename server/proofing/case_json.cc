#include "server/proofing/case_json.h"

namespace mibun::server {

json::Object to_json(const CaseView& view) {
  json::Object body;
  body["case_id"] = view.case_id;
  body["method"] = view.method;
  body["state"] = view.state;
  body["created_at"] = to_jst_string(view.created_at);
  if (view.submitted_at) body["submitted_at"] = to_jst_string(*view.submitted_at);
  if (view.decided_at) body["decided_at"] = to_jst_string(*view.decided_at);
  if (!view.reason.empty()) body["reason"] = view.reason;
  if (!view.photos_needed.empty())
    body["photos_needed"] = json::Array(view.photos_needed.begin(), view.photos_needed.end());
  if (view.appeal_until) body["appeal_until"] = to_jst_string(*view.appeal_until);
  if (!view.claims.is_null()) body["claims"] = view.claims;
  if (!view.findings.is_null()) body["findings"] = view.findings;
  return body;
}

}  // namespace mibun::server
