#include "tests/core/crypto/web_readers.h"

using namespace web_readers;

TEST_CASE("both readers read the same PEM, the one without a library more strictly") {
  const TestAuthority authority("root");
  const std::string pem = authority.root.pem();
  const std::string body = pem.substr(28, pem.size() - 28 - 26);
  std::string crlf;
  for (const char c : pem) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  const auto block = [](const std::string& text) {
    return "-----BEGIN CERTIFICATE-----\n" + text + "-----END CERTIFICATE-----\n";
  };
  REQUIRE(block(body) == pem);
  struct Row {
    const char* why;
    std::string text;
    const char *native, *web;  // blocks read, then how it ended
  };
  const Row rows[] = {
      {"one", pem, "1", "1"},
      {"two", pem + pem, "2", "2"},
      {"text around", "subject=x\n" + pem + "\nissuer=y\n" + pem, "2", "2"},
      {"CRLF", crlf, "1", "1"},
      {"no newline at the end", pem.substr(0, pem.size() - 1), "1", "1"},
      {"nothing", "", "0", "0"},
      {"no block", "hello\n", "0", "0"},
      {"no end", pem.substr(0, pem.size() - 26), "0 malformed", "0 malformed"},
      {"another end", block(body).replace(pem.size() - 14, 5, "OTHER"), "0 malformed", "0 malformed"},
      {"encrypted", block("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + body), "0 malformed", "0 malformed"},
      {"not base64", block("*" + body.substr(1)), "0 malformed", "0 malformed"},
      {"nothing inside", block(""), "0 malformed", "0 malformed"},
      {"cut", block(body.substr(0, 63) + "\n"), "0 malformed", "0 malformed"},
      {"spaces at the end of a line", block(body.substr(0, 64) + "  \n" + body.substr(65)), "1", "0 malformed"},
      {"an empty line inside", block(body.substr(0, 65) + "\n" + body.substr(65)), "0 malformed", "0 malformed"},
      {"77 characters in a line", block(body.substr(0, 64) + body.substr(65, 13) + "\n" + body.substr(78)), "1",
       "0 malformed"},
  };
  const auto read = [](std::string_view text, auto&& next) {
    for (int blocks = 0;; ++blocks) {
      const auto one = next(text);
      if (!one) return std::to_string(blocks) + " malformed";
      if (!*one) return std::to_string(blocks);
    }
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(read(row.text, next_pem_block) == row.native);
    CHECK(read(row.text, web::next_pem_block) == row.web);
  }
  std::string_view rest = pem;
  const auto contents = must(web::next_pem_block(rest));
  CHECK(std::ranges::equal(contents->contents.reveal(), authority.root.der()));
}
