#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/codecs/base64url.h"
#include "tests/server/world/test_world.h"
#include "tests/support/test_jpeg.h"

// A case with photos, and what people do to it.
namespace mibun::server {

inline constexpr const char* kDocument = "photo.document";
inline constexpr const char* kSelfie = "photo.selfie";

using Photos = std::map<std::string, Bytes>;
inline Photos both_photos() {
  return {{kDocument, TestJpeg{.filler = 1}.bytes()}, {kSelfie, TestJpeg{.filler = 2}.bytes()}};
}

inline std::string own_case_path(const std::string& case_id, std::string_view rest = {}) {
  return "/api/v1/proofing/cases/" + case_id + std::string(rest);
}

inline json::Object encoded(const Photos& photos) {
  json::Object files;
  for (const auto& [name, content] : photos) files[name] = base64url::encode(content);
  return files;
}

// The chip with its signature, and the photos.
inline Reply submit_with(TestWorld& w, Device& device, const std::string& case_id, const Photos& photos) {
  json::Object files = encoded(photos);
  for (const auto& [name, content] : w.chip_files()) files[name] = base64url::encode(content);
  const json::Object body{{"active_authentication_signature", w.signature_for(device, case_id)}, {"files", files}};
  return w.send(w.account_request(device, "POST", own_case_path(case_id, "/submission"), json::serialize(body)));
}
inline std::string case_with_photos(TestWorld& w, Device& device) {
  const std::string case_id = w.open_case(device);
  if (submit_with(w, device, case_id, both_photos()).status() != 202) throw std::runtime_error("not in review");
  return case_id;
}
inline Reply resubmit(TestWorld& w, Device& device, const std::string& case_id, const json::Value& files) {
  return w.send(w.account_request(device, "POST", own_case_path(case_id, "/submission"),
                                  json::serialize(json::Object{{"files", files}})));
}
inline Reply appeal(TestWorld& w, Device& device, const std::string& case_id, std::string_view text) {
  return w.send(w.account_request(device, "POST", own_case_path(case_id, "/appeal"),
                                  json::serialize(json::Object{{"text", text}})));
}
inline Reply own_view(TestWorld& w, Device& device, const std::string& case_id) {
  return w.send(w.account_request(device, "GET", own_case_path(case_id)));
}

inline Reply review(TestWorld& w, const Program& reviewer, const std::string& case_id, std::string_view decision,
                    std::string_view reason) {
  return w.send(w.bound_request(w.token(reviewer), "POST", "/api/v1/staff/cases/" + case_id + "/decisions",
                                json::serialize(json::Object{{"decision", decision}, {"reason_code", reason}})));
}
inline Reply approve_by(TestWorld& w, const Program& reviewer, const std::string& case_id) {
  return review(w, reviewer, case_id, "approve", "all_checks_passed");
}
inline Reply reject_by(TestWorld& w, const Program& reviewer, const std::string& case_id) {
  return review(w, reviewer, case_id, "reject", "portrait_mismatch");
}
inline Reply ask_again_by(TestWorld& w, const Program& reviewer, const std::string& case_id,
                          std::string_view reason = "face_not_visible") {
  return review(w, reviewer, case_id, "ask_again", reason);
}
inline Reply staff_view(TestWorld& w, const std::string& case_id) {
  return w.send(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases/" + case_id));
}

}  // namespace mibun::server
