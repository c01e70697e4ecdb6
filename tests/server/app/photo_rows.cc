#include "tests/server/app/row.h"
#include "tests/server/world/reviewing.h"

namespace mibun::server {
namespace {

Row with_photo(std::string sentence, int status, std::string code, const char* name, Bytes content) {
  return {std::move(sentence), status, std::move(code),
          [=](TestWorld& w) { return submit_with(w, w.holder, w.open_case(w.holder), {{name, content}}); }};
}

void add_photos(std::vector<Row>& rows) {
  rows.push_back({"A submission with both photos is accepted", 202, "",
                  [](TestWorld& w) { return submit_with(w, w.holder, w.open_case(w.holder), both_photos()); }});
  rows.push_back(with_photo("A submission with one photo is accepted", 202, "", kDocument, TestJpeg{}.bytes()));
  rows.push_back(with_photo("A photo of 640 by 640 pixels is accepted", 202, "", kSelfie,
                            TestJpeg{.width = 640, .height = 640}.bytes()));
  rows.push_back(with_photo("A photo of 639 pixels across is refused", 422, "photo_malformed", kSelfie,
                            TestJpeg{.width = 639, .height = 640}.bytes()));
  rows.push_back(with_photo("A photo of 639 pixels in height is refused", 422, "photo_malformed", kDocument,
                            TestJpeg{.width = 640, .height = 639}.bytes()));
  rows.push_back(with_photo("A photo of 8192 pixels across is accepted", 202, "", kSelfie,
                            TestJpeg{.width = 8192, .height = 640}.bytes()));
  rows.push_back(with_photo("A photo of 8193 pixels across is refused", 422, "photo_malformed", kSelfie,
                            TestJpeg{.width = 8193, .height = 640}.bytes()));
  const std::size_t frame = TestJpeg{.scan_bytes = 0}.bytes().size(), limit = 3 * 1024 * 1024;
  rows.push_back(
      with_photo("A photo of 3 MB is accepted", 202, "", kSelfie, TestJpeg{.scan_bytes = limit - frame}.bytes()));
  rows.push_back(with_photo("A photo of 3 MB and a byte is refused", 422, "photo_malformed", kSelfie,
                            TestJpeg{.scan_bytes = limit - frame + 1}.bytes()));
  rows.push_back(with_photo("A photo that is a PNG is refused", 422, "photo_malformed", kDocument,
                            Bytes{0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0}));
  rows.push_back(with_photo("An empty photo is refused", 400, "request_malformed", kDocument, {}));
  for (const char* name : {"photo.", "photo.document2", "Photo.document", "photo.selfie/../EF.DG1"}) {
    rows.push_back(with_photo("A photo named \"" + std::string(name) + "\" is refused", 400, "request_malformed", name,
                              TestJpeg{}.bytes()));
  }
  rows.push_back({"A photo is not put by itself", 400, "request_malformed", [](TestWorld& w) {
                    return w.send(
                        w.account_request(w.holder, "PUT", own_case_path(w.open_case(w.holder), "/files/photo.selfie"),
                                          std::string(as_text(TestJpeg{}.bytes())), "application/octet-stream"));
                  }});
  rows.push_back({"Photos without a chip are no evidence", 422, "evidence_refused", [](TestWorld& w) {
                    const json::Object body{{"active_authentication_signature", "AAAA"},
                                            {"files", encoded(both_photos())}};
                    return w.send(w.account_request(
                        w.holder, "POST", own_case_path(w.open_case(w.holder), "/submission"), json::serialize(body)));
                  }});
}

// A case of the holder's of which akari asked for a selfie again.
std::string waiting_case(TestWorld& w) {
  const std::string id = case_with_photos(w, w.holder);
  if (ask_again_by(w, w.akari, id).status() != 200) throw std::runtime_error("not asked again");
  return id;
}
Row again(std::string sentence, int status, std::string code, json::Value files) {
  return {std::move(sentence), status, std::move(code),
          [=](TestWorld& w) { return resubmit(w, w.holder, waiting_case(w), files); }};
}

void add_again(std::vector<Row>& rows) {
  const std::string selfie = base64url::encode(TestJpeg{.filler = 7}.bytes());
  rows.push_back(again("The photo that was asked for is accepted", 202, "", json::Object{{kSelfie, selfie}}));
  rows.push_back(again("Both photos are accepted when one was asked for", 202, "", encoded(both_photos())));
  rows.push_back(again("Another photo than the one asked for is refused", 400, "request_malformed",
                       json::Object{{kDocument, selfie}}));
  rows.push_back(again("No photo where one is asked for is refused", 400, "request_malformed", json::Object{}));
  rows.push_back(again("A file of the chip beside the photo is refused", 400, "request_malformed",
                       json::Object{{kSelfie, selfie}, {"EF.DG1", "AAAA"}}));
  rows.push_back(again("A photo that is none, when asked again, is refused", 422, "photo_malformed",
                       json::Object{{kSelfie, "AAAA"}}));
  rows.push_back({"Somebody else's case takes no photos", 404, "case_not_found", [=](TestWorld& w) {
                    return resubmit(w, w.stranger, waiting_case(w), json::Object{{kSelfie, selfie}});
                  }});
  rows.push_back({"A case in review takes no photos that nobody asked for", 409, "case_wrong_state", [](TestWorld& w) {
                    return resubmit(w, w.holder, case_with_photos(w, w.holder), encoded(both_photos()));
                  }});
  rows.push_back({"An open case takes no photos without its chip", 409, "case_wrong_state",
                  [](TestWorld& w) { return resubmit(w, w.holder, w.open_case(w.holder), encoded(both_photos())); }});
  rows.push_back({"A case that waits for photos takes no other chip", 409, "case_wrong_state",
                  [](TestWorld& w) { return submit_with(w, w.holder, waiting_case(w), both_photos()); }});
  rows.push_back({"A case that waits for photos cannot be looked at by staff", 409, "case_wrong_state",
                  [](TestWorld& w) { return staff_view(w, waiting_case(w)); }});
  rows.push_back({"A case that waits for photos cannot be approved", 409, "case_wrong_state",
                  [](TestWorld& w) { return approve_by(w, w.minoru, waiting_case(w)); }});
  rows.push_back({"A case that waits for photos cannot be rejected", 409, "case_wrong_state",
                  [](TestWorld& w) { return reject_by(w, w.minoru, waiting_case(w)); }});
  rows.push_back({"A case that waits for photos cannot be asked for again", 409, "case_wrong_state",
                  [](TestWorld& w) { return ask_again_by(w, w.minoru, waiting_case(w)); }});
  rows.push_back({"A case that waits for photos is not appealed", 409, "case_wrong_state",
                  [](TestWorld& w) { return appeal(w, w.holder, waiting_case(w), "x"); }});
}

void add_reasons(std::vector<Row>& rows) {
  struct Wrong {
    const char *decision, *reason;
  };
  for (const Wrong& wrong : {Wrong{"approve", "portrait_mismatch"}, Wrong{"approve", "face_not_visible"},
                             Wrong{"reject", "all_checks_passed"}, Wrong{"reject", "face_not_visible"},
                             Wrong{"ask_again", "portrait_mismatch"}, Wrong{"ask_again", "all_checks_passed"},
                             Wrong{"ask_again", "kanaria7391"}, Wrong{"ask again", "photo_missing"}}) {
    rows.push_back({"The reason " + std::string(wrong.reason) + " is none to " + wrong.decision, 400,
                    "request_malformed", [wrong](TestWorld& w) {
                      return review(w, w.akari, w.case_in_review(w.holder), wrong.decision, wrong.reason);
                    }});
  }
}

std::string rejected_case(TestWorld& w) {
  const std::string id = case_with_photos(w, w.holder);
  if (reject_by(w, w.akari, id).status() != 200) throw std::runtime_error("not rejected");
  return id;
}
Row appealed(std::string sentence, int status, std::string code, std::string text) {
  return {std::move(sentence), status, std::move(code),
          [text = std::move(text)](TestWorld& w) { return appeal(w, w.holder, rejected_case(w), text); }};
}
Row appealed_after(std::string sentence, int status, std::string code, std::chrono::seconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const std::string id = rejected_case(w);
            w.clock.advance(age);
            return appeal(w, w.holder, id, "x");
          }};
}

std::string many(std::string_view character, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += character;
  return text;
}

void add_appeals(std::vector<Row>& rows) {
  rows.push_back(appealed("An appeal of two lines is accepted", 202, "", "写真の人物は私です。\n名前が変わりました。"));
  rows.push_back(appealed("An appeal of 1000 characters is accepted", 202, "", many("写", 1000)));
  rows.push_back(appealed("An appeal of 1001 characters is refused", 400, "request_malformed", many("写", 1001)));
  rows.push_back(appealed("An empty appeal is refused", 400, "request_malformed", ""));
  rows.push_back(appealed("A blank appeal is refused", 400, "request_malformed", " \n "));
  for (const char* control : {"a\x1b[2J", "a\rb", "a\x7f", "a\xc2\x9b"}) {
    rows.push_back(appealed("An appeal that steers a terminal is refused: " + base64url::encode(as_bytes(control)), 400,
                            "request_malformed", control));
  }
  rows.push_back(
      appealed("An appeal with a private key is refused", 400, "private_key_rejected", "-----BEGIN PRIVATE KEY-----"));
  rows.push_back({"Somebody else's case is not appealed", 404, "case_not_found",
                  [](TestWorld& w) { return appeal(w, w.stranger, rejected_case(w), "x"); }});
  rows.push_back({"A case that was never opened is not appealed", 404, "case_not_found",
                  [](TestWorld& w) { return appeal(w, w.holder, std::string(kNoId), "x"); }});
  rows.push_back({"An open case is not appealed", 409, "case_wrong_state",
                  [](TestWorld& w) { return appeal(w, w.holder, w.open_case(w.holder), "x"); }});
  rows.push_back({"A case in review is not appealed", 409, "case_wrong_state",
                  [](TestWorld& w) { return appeal(w, w.holder, case_with_photos(w, w.holder), "x"); }});
  rows.push_back({"An approved case is not appealed", 409, "case_wrong_state",
                  [](TestWorld& w) { return appeal(w, w.holder, w.approved_case(), "x"); }});
  rows.push_back({"A second appeal while the first is decided on is refused", 409, "appeal_used", [](TestWorld& w) {
                    const std::string id = rejected_case(w);
                    appeal(w, w.holder, id, "x");
                    return appeal(w, w.holder, id, "x");
                  }});
  rows.push_back({"A second appeal after the first was rejected is refused", 409, "appeal_used", [](TestWorld& w) {
                    const std::string id = rejected_case(w);
                    appeal(w, w.holder, id, "x");
                    reject_by(w, w.minoru, id);
                    return appeal(w, w.holder, id, "x");
                  }});
  for (const char* decision : {"approve", "reject", "ask_again"}) {
    const std::string reason = decision == std::string_view("approve")  ? "all_checks_passed"
                               : decision == std::string_view("reject") ? "portrait_mismatch"
                                                                        : "face_not_visible";
    rows.push_back({"Who rejected a case has no say in its appeal: " + std::string(decision), 409, "case_same_reviewer",
                    [decision, reason](TestWorld& w) {
                      const std::string id = rejected_case(w);
                      appeal(w, w.holder, id, "x");
                      return review(w, w.akari, id, decision, reason);
                    }});
  }
  rows.push_back({"Who rejected a case has no say after photos were asked for in its appeal", 409, "case_same_reviewer",
                  [](TestWorld& w) {
                    const std::string id = rejected_case(w);
                    appeal(w, w.holder, id, "x");
                    ask_again_by(w, w.minoru, id);
                    resubmit(w, w.holder, id, encoded(both_photos()));
                    return approve_by(w, w.akari, id);
                  }});
  constexpr std::chrono::seconds kPeriod = std::chrono::hours(24 * 30);
  rows.push_back(appealed_after("An appeal a second before 30 days are over is accepted", 202, "",
                                kPeriod - std::chrono::seconds(1)));
  rows.push_back(appealed_after("An appeal after exactly 30 days is refused", 409, "case_expired", kPeriod));
}

}  // namespace

std::vector<Row> photo_rows() {
  std::vector<Row> rows;
  add_photos(rows);
  add_again(rows);
  add_reasons(rows);
  add_appeals(rows);  // last: it turns the clock by weeks
  return rows;
}

}  // namespace mibun::server
