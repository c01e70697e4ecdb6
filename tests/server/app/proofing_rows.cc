#include "core/codecs/base64url.h"
#include "tests/server/app/row.h"

namespace mibun::server {
namespace {

std::string case_path(const std::string& case_id, std::string_view rest = {}) {
  return "/api/v1/proofing/cases/" + case_id + std::string(rest);
}

Reply put(TestWorld& w, Device& device, const std::string& case_id, const std::string& name, std::string content) {
  return w.send(w.account_request(device, "PUT", case_path(case_id, "/files/" + name), std::move(content),
                                  "application/octet-stream"));
}

Reply submit(TestWorld& w, Device& device, const std::string& case_id, const std::string& signature) {
  return w.send(w.account_request(device, "POST", case_path(case_id, "/submission"),
                                  json::serialize(json::Object{{"active_authentication_signature", signature}})));
}

// The passport's files as a submission carries them.
json::Object whole_chip(const TestWorld& w) {
  json::Object files;
  for (const auto& [name, content] : w.chip_files()) files[name] = base64url::encode(content);
  return files;
}
Reply submit_all(TestWorld& w, Device& device, const std::string& case_id, const std::string& signature,
                 const json::Value& files) {
  const json::Object body{{"active_authentication_signature", signature}, {"files", files}};
  return w.send(w.account_request(device, "POST", case_path(case_id, "/submission"), json::serialize(body)));
}
Row with_file(std::string sentence, int status, std::string code, std::string name, json::Value text) {
  return {std::move(sentence), status, std::move(code), [=](TestWorld& w) {
            const std::string id = w.open_case(w.holder);
            json::Object files = whole_chip(w);
            files[name] = text;
            return submit_all(w, w.holder, id, w.signature_for(w.holder, id), files);
          }};
}

Reply decide(TestWorld& w, const Program& reviewer, const std::string& case_id, const std::string& decision,
             const std::string& reason = "all_checks_passed") {
  return w.send(w.bound_request(w.token(reviewer), "POST", "/api/v1/staff/cases/" + case_id + "/decisions",
                                json::serialize(json::Object{{"decision", decision}, {"reason_code", reason}})));
}

// One case of the holder that stays open, one of the holder that is in review.
const std::string& open_case(TestWorld& w) {
  static const std::string id = w.open_case(w.holder);
  return id;
}
const std::string& case_in_review(TestWorld& w) {
  static const std::string id = w.case_in_review(w.holder);
  return id;
}

void add_foreign(std::vector<Row>& rows) {
  rows.push_back({"Somebody else's case is not found", 404, "case_not_found",
                  [](TestWorld& w) { return w.send(w.account_request(w.stranger, "GET", case_path(open_case(w)))); }});
  rows.push_back({"A file for somebody else's case is refused", 404, "case_not_found",
                  [](TestWorld& w) { return put(w, w.stranger, open_case(w), "EF.DG1", "x"); }});
  rows.push_back({"Somebody else's case cannot be submitted", 404, "case_not_found",
                  [](TestWorld& w) { return submit(w, w.stranger, open_case(w), "AAAA"); }});
  rows.push_back({"The offer of somebody else's case is not found", 404, "case_not_found", [](TestWorld& w) {
                    return w.send(w.account_request(w.stranger, "POST", case_path(w.approved_case(), "/offer"), "{}"));
                  }});
  rows.push_back({"A case that was never opened is not found", 404, "case_not_found", [](TestWorld& w) {
                    return w.send(w.account_request(w.holder, "GET", case_path(std::string(kNoId))));
                  }});
}

void add_evidence(std::vector<Row>& rows) {
  rows.push_back(
      {"A way of proving identity that is not offered is refused", 400, "request_malformed", [](TestWorld& w) {
         return w.send(w.account_request(w.holder, "POST", "/api/v1/proofing/cases", R"({"method":"kanaria7391"})"));
       }});
  for (const char* name : {"EF.DG3", "EF.DG16", "ef.dg1", "passwd"}) {
    rows.push_back({"A file named " + std::string(name) + " is refused", 400, "request_malformed",
                    [name](TestWorld& w) { return put(w, w.holder, open_case(w), name, "x"); }});
  }
  rows.push_back({"An empty file is refused", 400, "request_malformed", [](TestWorld& w) {
                    TestRequest request = w.account_request(w.holder, "PUT", case_path(open_case(w), "/files/EF.DG1"));
                    return w.send(request.add("Content-Type", "application/octet-stream"));
                  }});
  rows.push_back({"A file of 256 KiB and a byte is refused", 413, "request_too_large", [](TestWorld& w) {
                    return put(w, w.holder, open_case(w), "EF.DG2", std::string(256 * 1024 + 1, 'x'));
                  }});
  rows.push_back({"A signature that is no base64url is refused", 400, "request_malformed",
                  [](TestWorld& w) { return submit(w, w.holder, open_case(w), "***"); }});
  rows.push_back({"A signature of 2 KiB is refused", 400, "request_malformed",
                  [](TestWorld& w) { return submit(w, w.holder, open_case(w), base64url::encode(Bytes(2048))); }});
  rows.push_back({"A submission without files is refused", 422, "evidence_refused",
                  [](TestWorld& w) { return submit(w, w.holder, w.open_case(w.holder), "AAAA"); }});
  rows.push_back({"A chip's answer to another case's challenge is refused", 422, "evidence_refused", [](TestWorld& w) {
                    const std::string other = w.open_case(w.holder), mine = w.open_case(w.holder);
                    w.put_files(w.holder, mine);
                    return submit(w, w.holder, mine, w.signature_for(w.holder, other));
                  }});
  rows.push_back({"A chip's answer made for another account is refused", 422, "evidence_refused", [](TestWorld& w) {
                    const std::string theirs = w.open_case(w.holder), mine = w.open_case(w.stranger);
                    w.put_files(w.stranger, mine);
                    return submit(w, w.stranger, mine, w.signature_for(w.holder, theirs));
                  }});
  rows.push_back({"A changed data group is refused", 422, "evidence_refused", [](TestWorld& w) {
                    const std::string id = w.open_case(w.holder);
                    w.put_files(w.holder, id);
                    put(w, w.holder, id, "EF.DG1", std::string(93, 'a'));
                    return submit(w, w.holder, id, w.signature_for(w.holder, id));
                  }});
  rows.push_back({"A security object that is garbage is refused", 422, "evidence_refused", [](TestWorld& w) {
                    const std::string id = w.open_case(w.holder);
                    w.put_files(w.holder, id);
                    put(w, w.holder, id, "EF.SOD", std::string(500, '\x30'));
                    return submit(w, w.holder, id, w.signature_for(w.holder, id));
                  }});
}

// The same evidence in one request.
void add_at_once(std::vector<Row>& rows) {
  rows.push_back({"A submission with all its files is accepted", 202, "", [](TestWorld& w) {
                    const std::string id = w.open_case(w.holder);
                    return submit_all(w, w.holder, id, w.signature_for(w.holder, id), whole_chip(w));
                  }});
  rows.push_back({"Some files may come before and the others with the submission", 202, "", [](TestWorld& w) {
                    const std::string id = w.open_case(w.holder);
                    json::Object files = whole_chip(w);
                    files.erase("EF.DG1");
                    put(w, w.holder, id, "EF.DG1", std::string(as_text(w.chip_files().at("EF.DG1"))));
                    return submit_all(w, w.holder, id, w.signature_for(w.holder, id), files);
                  }});
  rows.push_back(
      {"A file that was put already does not come with the submission", 409, "case_wrong_state", [](TestWorld& w) {
         const std::string id = w.open_case(w.holder);
         put(w, w.holder, id, "EF.DG1", "x");
         return submit_all(w, w.holder, id, w.signature_for(w.holder, id), whole_chip(w));
       }});
  for (const char* name : {"EF.DG3", "ef.dg1", "../EF.DG1", ""}) {
    rows.push_back(with_file("A submission with a file named \"" + std::string(name) + "\" is refused", 400,
                             "request_malformed", name, "AAAA"));
  }
  rows.push_back(
      with_file("A submitted file that is no base64url is refused", 400, "request_malformed", "EF.DG1", "*"));
  rows.push_back(with_file("A submitted file that is no text is refused", 400, "request_malformed", "EF.DG1", 7));
  rows.push_back(with_file("A submitted file that is empty is refused", 400, "request_malformed", "EF.DG1", ""));
  rows.push_back(with_file("A submitted file of 256 KiB and a byte is refused", 413, "request_too_large", "EF.DG2",
                           json::Value(base64url::encode(Bytes(256 * 1024 + 1, 'x')))));
  rows.push_back(with_file("A submitted file of 256 KiB is looked at", 422, "evidence_refused", "EF.DG2",
                           json::Value(base64url::encode(Bytes(256 * 1024, 'x')))));
  rows.push_back(with_file("A submitted file that is changed is refused", 422, "evidence_refused", "EF.DG1",
                           json::Value(base64url::encode(Bytes(93, 'a')))));
  rows.push_back(with_file("A submitted private key is refused", 400, "private_key_rejected", "EF.DG1",
                           json::Value(base64url::encode(as_bytes("-----BEGIN PRIVATE KEY-----")))));
  rows.push_back({"Submitted files that are no object are refused", 400, "request_malformed",
                  [](TestWorld& w) { return submit_all(w, w.holder, open_case(w), "AAAA", json::Array{"AAAA"}); }});
  rows.push_back({"Files submitted to somebody else's case are refused", 404, "case_not_found",
                  [](TestWorld& w) { return submit_all(w, w.stranger, open_case(w), "AAAA", whole_chip(w)); }});
  rows.push_back({"Files submitted to a case in review are refused", 409, "case_wrong_state",
                  [](TestWorld& w) { return submit_all(w, w.holder, case_in_review(w), "AAAA", whole_chip(w)); }});
}

Row aged(std::string sentence, int status, std::string code, milliseconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const std::string id = w.open_case(w.holder);
            w.clock.advance(age);
            return put(w, w.holder, id, "EF.DG1", "x");
          }};
}

void add_states(std::vector<Row>& rows) {
  rows.push_back({"A case in review takes no more files", 409, "case_wrong_state",
                  [](TestWorld& w) { return put(w, w.holder, case_in_review(w), "EF.DG1", "x"); }});
  rows.push_back({"A case in review cannot be submitted again", 409, "case_wrong_state", [](TestWorld& w) {
                    return submit(w, w.holder, case_in_review(w), w.signature_for(w.holder, case_in_review(w)));
                  }});
  rows.push_back({"A case in review has no offer", 409, "case_wrong_state", [](TestWorld& w) {
                    return w.send(w.account_request(w.holder, "POST", case_path(case_in_review(w), "/offer"), "{}"));
                  }});
  rows.push_back({"An open case has no offer, also not an early one", 409, "case_wrong_state", [](TestWorld& w) {
                    return w.send(w.account_request(w.holder, "POST", case_path(open_case(w), "/offer"),
                                                    R"({"before_decision":true})"));
                  }});
  rows.push_back({"An open case cannot be looked at by staff", 409, "case_wrong_state", [](TestWorld& w) {
                    return w.send(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases/" + open_case(w)));
                  }});
  rows.push_back({"A case that was never opened cannot be looked at by staff", 404, "case_not_found", [](TestWorld& w) {
                    return w.send(
                        w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases/" + std::string(kNoId)));
                  }});
  rows.push_back(
      aged("An open case takes files one second before a day is over", 204, "", std::chrono::seconds(24 * 3600 - 1)));
  rows.push_back(aged("An open case takes no file after exactly a day", 409, "case_expired", std::chrono::hours(24)));
  rows.push_back(aged("An open case takes no file a second after a day", 409, "case_expired",
                      std::chrono::seconds(24 * 3600 + 1)));
}

void add_decisions(std::vector<Row>& rows) {
  rows.push_back({"A decision other than approve and reject is refused", 400, "request_malformed",
                  [](TestWorld& w) { return decide(w, w.akari, case_in_review(w), "kanaria7391"); }});
  rows.push_back({"A reason that is free text is refused", 400, "request_malformed", [](TestWorld& w) {
                    return decide(w, w.akari, case_in_review(w), "approve", "kanaria7391 looks fine");
                  }});
  rows.push_back({"A decision on a case that was never opened is refused", 404, "case_not_found",
                  [](TestWorld& w) { return decide(w, w.akari, std::string(kNoId), "approve"); }});
  rows.push_back({"A decision on an open case is refused", 409, "case_wrong_state",
                  [](TestWorld& w) { return decide(w, w.akari, open_case(w), "approve"); }});
  rows.push_back({"One reviewer cannot approve twice", 409, "case_same_reviewer", [](TestWorld& w) {
                    const std::string id = w.case_in_review(w.holder);
                    decide(w, w.akari, id, "approve");
                    return decide(w, w.akari, id, "approve");
                  }});
  rows.push_back({"A reviewer who approved cannot reject", 409, "case_same_reviewer", [](TestWorld& w) {
                    const std::string id = w.case_in_review(w.holder);
                    decide(w, w.akari, id, "approve");
                    return decide(w, w.akari, id, "reject", "suspected_fraud");
                  }});
  rows.push_back({"A case that was rejected cannot be approved", 409, "case_wrong_state", [](TestWorld& w) {
                    const std::string id = w.case_in_review(w.holder);
                    decide(w, w.akari, id, "reject", "portrait_mismatch");
                    return decide(w, w.minoru, id, "approve");
                  }});
  rows.push_back({"A case that was approved cannot be rejected", 409, "case_wrong_state",
                  [](TestWorld& w) { return decide(w, w.akari, w.approved_case(), "reject", "suspected_fraud"); }});
}

}  // namespace

std::vector<Row> proofing_rows() {
  std::vector<Row> rows;
  add_foreign(rows);
  add_evidence(rows);
  add_at_once(rows);
  add_decisions(rows);
  add_states(rows);  // last: it turns the clock by days
  return rows;
}

}  // namespace mibun::server
