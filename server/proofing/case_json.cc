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
  if (!view.claims.is_null()) body["claims"] = view.claims;
  if (!view.findings.is_null()) body["findings"] = view.findings;
  return body;
}

}  // namespace mibun::server
