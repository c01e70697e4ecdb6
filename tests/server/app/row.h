#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/server/world/test_world.h"

namespace mibun::server {

// One line of the bad input table. Its name is a sentence that says what is wrong, or where the right way just ends.
struct Row {
  std::string sentence;
  int status;
  std::string code;  // empty: the request is good, or RFC 6750's bare challenge
  std::function<Reply(TestWorld&)> run;
  // The code in the log, where the protocol says less than we know: of the last refused presentation.
  std::string logged = {};
};

std::vector<Row> registration_rows();
std::vector<Row> assertion_rows();
std::vector<Row> body_rows();  // JSON bodies of every route that takes one, private keys among them
std::vector<Row> proofing_rows();
std::vector<Row> photo_rows();          // photos, those asked for again, appeals
std::vector<Row> token_rows();          // the token endpoint, and tokens at every route that asks for one
std::vector<Row> jwt_rows();            // every forgery of every JWT that somebody sends
std::vector<Row> attestation_rows();    // the wallet provider, and wallet attestations at the token endpoint
std::vector<Row> authorization_rows();  // pushed requests, the page, the person's answer, what is redeemed
std::vector<Row> credential_rows();
std::vector<Row> partner_rows();
std::vector<Row> reader_rows();  // certificates for readers at close range
std::vector<Row> presentation_rows();
std::vector<Row> browser_rows();  // what a page got from the Digital Credentials API
std::vector<Row> session_rows();  // the session that asked, and the code on its page
std::vector<Row> routing_rows();  // methods, media types, sizes, addresses

}  // namespace mibun::server
