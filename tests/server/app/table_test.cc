#include <doctest/doctest.h>

#include <cstdio>
#include <map>

#include "tests/server/app/logged_code.h"
#include "tests/server/app/row.h"

namespace mibun::server {
namespace {

constexpr std::size_t kRowsMin = 150;

bool names_a_claim(const std::string& text) {
  for (const std::string& value : world().claim_values()) {
    if (text.find(value) != std::string::npos) return true;
  }
  return false;
}

// Our own API says what happened and what to do next; protocols have errors of their own.
void check_problem(const Reply& reply) {
  if (reply.response.content_type != "application/problem+json") return;
  for (const char* member : {"title", "detail"}) {
    INFO(member);
    const json::Value* text = reply.json.if_contains(member);
    REQUIRE(text != nullptr);
    CHECK(text->is_string());
    CHECK_FALSE(text->get_string().empty());
  }
}

// What holds for every refusal, whatever was sent.
void check_refusal(const Reply& reply, const Row& row) {
  CHECK(reply.status() < 500);
  CHECK(reply.response.header("cache-control") == "no-store");
  CHECK(reply.response.header("x-content-type-options") == "nosniff");
  CHECK_FALSE(names_a_claim(reply.response.body));
  CHECK(reply.response.body.find(kCanary) == std::string::npos);
  check_problem(reply);
  if (row.code.ends_with("insufficient_scope")) {  // RFC 6750, section 3: a token that does not open the door
    CHECK(reply.response.header("www-authenticate").value_or("").starts_with(R"(DPoP error="insufficient_scope")"));
  }
  const bool about_a_token = row.code.starts_with("oauth_") || row.code.starts_with("dpop_");
  if (row.status == 401 && (about_a_token || row.code == "invalid_token")) {
    CHECK(reply.response.header("www-authenticate").value_or("").starts_with("DPoP "));
  }
  if (row.code.empty()) {  // RFC 6750, section 3.1: without any credentials nothing but the challenge
    CHECK(reply.status() == 401);
    CHECK(reply.response.body.empty());
    CHECK(reply.response.header("www-authenticate").has_value());
  } else {
    CHECK_FALSE(reply.json.empty());
  }
}

void run_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.sentence);
    try {
      const Reply reply = row.run(world());
      INFO(reply.response.body);
      CHECK(reply.status() == row.status);
      CHECK(reply.code() == row.code);
      if (row.status >= 400) check_refusal(reply, row);
      if (!row.logged.empty()) CHECK(last_logged_code() == row.logged);
    } catch (const std::exception& problem) {
      FAIL_CHECK("the row could not be played: " << std::string(problem.what()));
    }
  }
}

}  // namespace

TEST_CASE("every request of the bad input table is refused with its code") {
  const std::map<std::string, std::vector<Row> (*)()> chapters = {{"registration", registration_rows},
                                                                  {"assertion", assertion_rows},
                                                                  {"body", body_rows},
                                                                  {"proofing", proofing_rows},
                                                                  {"photo", photo_rows},
                                                                  {"token", token_rows},
                                                                  {"jwt", jwt_rows},
                                                                  {"attestation", attestation_rows},
                                                                  {"authorization", authorization_rows},
                                                                  {"credential", credential_rows},
                                                                  {"partner", partner_rows},
                                                                  {"reader", reader_rows},
                                                                  {"presentation", presentation_rows},
                                                                  {"session", session_rows},
                                                                  {"browser", browser_rows},
                                                                  {"routing", routing_rows}};
  std::size_t count = 0;
  std::map<std::string, int> sentences;
  for (const auto& [name, rows_of] : chapters) {
    const std::vector<Row> rows = rows_of();
    std::printf("bad input table, %s: %zu rows\n", name.c_str(), rows.size());
    run_rows(rows);
    count += rows.size();
    for (const Row& row : rows) {
      INFO(row.sentence);
      CHECK(++sentences[row.sentence] == 1);
    }
  }
  std::printf("bad input table: %zu rows\n", count);
  CHECK(count >= kRowsMin);
}

}  // namespace mibun::server
