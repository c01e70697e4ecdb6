#include "cli/operator/command.h"

#include <functional>
#include <memory>

#include "cli/client/options.h"
#include "cli/operator/legal_hold.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "platform/files/files.h"

namespace mibun::cli {
namespace {

struct OperatorOptions {
  ClientOptions client;
  std::string case_id, reason_code, file, reader_id, report_id, inquiry_id, text;
  std::string notice_id, kind, ja, en, until;
};

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr) return {};
  if (const auto* string = value->if_string()) return {string->data(), string->size()};
  return json::serialize(*value);
}

void show_list(const Terminal& terminal, const json::Object& answer) {
  const json::Array& cases = answer.at("cases").as_array();
  if (cases.empty()) terminal.line(Text{"No case waits for a decision.", "判断を待っている審査はありません。"});
  for (const json::Value& row : cases) {
    const json::Object& found = row.as_object();
    terminal.line(text_of(found, "case_id") + "  " + text_of(found, "submitted_at") + "  " + text_of(found, "method") +
                  terminal.dim(std::string(terminal.say({"  approvals: ", "  承認: "})) + text_of(found, "approvals")));
  }
}

// The pictures themselves are for a screen that can show them.
void show_photos_and_appeal(const Terminal& terminal, const json::Object& answer) {
  for (const auto& member : answer.at("photos").as_object()) {
    terminal.line("  " + std::string(member.key()) + terminal.dim(terminal.say({"  handed in", "  提出あり"})));
  }
  const json::Value& appeal = answer.at("appeal");
  if (!appeal.is_object()) return;
  terminal.line(std::string(terminal.say({"  Appealed at ", "  異議の申出 "})) + text_of(appeal.as_object(), "at"));
  terminal.line("  " + json::serialize(appeal.at("text")));  // quoted: it is the person's own, and may have lines
}

void show_case(const Terminal& terminal, const json::Object& answer) {
  terminal.line(terminal.bold(text_of(answer, "case_id")) + "  " + text_of(answer, "state"));
  if (const json::Value* claims = answer.if_contains("claims")) {
    for (const auto& member : claims->as_object()) {
      const json::Object& claim = member.value().as_object();
      terminal.line("  " + std::string(member.key()) + ": " + text_of(claim, "value") +
                    terminal.dim("  (" + text_of(claim, "source") + ")"));
    }
  }
  if (const json::Value* findings = answer.if_contains("findings")) {
    for (const json::Value& row : findings->as_array()) {
      const json::Object& finding = row.as_object();
      terminal.line("  [" + text_of(finding, "outcome") + "] " + text_of(finding, "check"));
    }
  }
  show_photos_and_appeal(terminal, answer);
  terminal.line(terminal.dim(terminal.say(
      {"This look was written into the person's history.", "この閲覧は本人の利用履歴に記録されました。"})));
}

void show_readers(const Terminal& terminal, const json::Object& answer) {
  for (const json::Value& row : answer.at("readers").as_array()) {
    const json::Object& found = row.as_object();
    std::string line = text_of(found, "reader_id") + "  " + text_of(found, "partner_id") + "  " +
                       text_of(found, "name") +
                       terminal.dim(std::string(terminal.say({"  until ", "  期限 "})) + text_of(found, "expires_at"));
    if (found.contains("revoked_at")) line += "  " + terminal.bad(terminal.say({"revoked", "失効"}));
    terminal.line(line);
  }
}

void show_report(const Terminal& terminal, const json::Object& report) {
  terminal.line(terminal.bold(text_of(report, "report_id")) + "  " + text_of(report, "at"));
  for (const char* name : {"reason_code", "organization", "client_id", "on", "text"}) {
    terminal.line("  " + std::string(name) + ": " + text_of(report, name));
  }
  terminal.line(terminal.dim(terminal.say(
      {"This look was written into the person's history.", "この閲覧は本人の利用履歴に記録されました。"})));
}

void show_notices(const Terminal& terminal, const json::Object& answer) {
  for (const json::Value& row : answer.at("notices").as_array()) {
    const json::Object& found = row.as_object();
    const json::Object& text = found.at("text").as_object();
    std::string line = text_of(found, "id") + "  " + text_of(found, "kind") + "  " + text_of(found, "published_at") +
                       "  " + text_of(found, "published_by");
    if (found.contains("withdrawn_at")) {
      line += "  " +
              terminal.dim(std::string(terminal.say({"withdrawn by ", "取り下げ: "})) + text_of(found, "withdrawn_by"));
    }
    terminal.line(line);
    terminal.line("  " + text_of(text, "ja"));
    terminal.line("  " + text_of(text, "en"));
  }
}

void show_inquiry(const Terminal& terminal, const json::Object& inquiry) {
  terminal.line(terminal.bold(text_of(inquiry, "inquiry_id")) + "  " + text_of(inquiry, "asked_at") + "  " +
                text_of(inquiry, "state"));
  terminal.line("  kind: " + text_of(inquiry, "kind"));
  // Quoted: the first is the person's own, and both may have lines.
  for (const char* name : {"text", "answer"}) {
    if (inquiry.contains(name)) terminal.line("  " + std::string(name) + ": " + json::serialize(inquiry.at(name)));
  }
  terminal.line(terminal.dim(terminal.say(
      {"This look was written into the person's history.", "この閲覧は本人の利用履歴に記録されました。"})));
}

using Deed = std::function<Status(ApiClient&)>;

int run(const OperatorOptions& options, const Terminal& terminal, const Deed& deed) {
  const SystemClock clock;
  crypto::SystemRng rng;
  auto client = open_client(options.client, clock, rng);
  if (!client) return terminal.report(client.error());
  const Status done = deed(*client);
  return done ? kExitOk : terminal.report(done.error());
}

Status decide(ApiClient& client, const Terminal& terminal, const OperatorOptions& options, std::string_view decision) {
  json::Object body;
  body["decision"] = decision;
  body["reason_code"] = options.reason_code;
  MIBUN_TRY(const auto answer,
            client.send("POST", "/api/v1/staff/cases/" + options.case_id + "/decisions", json::serialize(body)));
  terminal.line(terminal.language() == Language::japanese ? "記録しました。状態: " + text_of(answer.body, "state") +
                                                                "、承認 " + text_of(answer.body, "approvals") + " 件"
                                                          : "Recorded. State: " + text_of(answer.body, "state") +
                                                                ", approvals: " + text_of(answer.body, "approvals"));
  return {};
}

Status publish_notice(ApiClient& client, const Terminal& terminal, const OperatorOptions& options) {
  json::Object body{{"kind", options.kind}, {"ja", options.ja}, {"en", options.en}};
  if (!options.until.empty()) body["until"] = options.until;
  MIBUN_TRY(const auto answer, client.send("POST", "/api/v1/staff/public-notices", json::serialize(body)));
  terminal.line(text_of(answer.body, "id") + "  " + text_of(answer.body, "published_at"));
  return {};
}

Status answer_inquiry(ApiClient& client, const Terminal& terminal, const OperatorOptions& options) {
  std::string text = options.text;
  if (!options.file.empty()) {
    MIBUN_TRY(text, read_text_file(options.file));
    while (text.ends_with('\n')) text.pop_back();
  }
  const json::Object body{{"text", text}};
  MIBUN_TRY(const auto answer,
            client.send("POST", "/api/v1/staff/inquiries/" + options.inquiry_id + "/answer", json::serialize(body)));
  terminal.line(std::string(terminal.say({"Answered at ", "回答日時: "})) + text_of(answer.body, "answered_at"));
  return {};
}

int make_key(const std::string& file, const Terminal& terminal) {
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const SecretBytes text = jose::private_jwk(key);
  if (auto written = files::write_new_file(file, text.reveal()); !written) return terminal.report(written.error());
  terminal.line(json::serialize(jose::Jwk(key.public_key()).to_json()));
  return kExitOk;
}

}  // namespace

void add_operator_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<OperatorOptions>();
  CLI::App* command = app.add_subcommand("operator", "reviewers and partner registration / 審査と提供先の登録");
  command->require_subcommand(1);
  command->fallthrough();
  add_client_options(*command, options->client);
  const auto deed = [=, &terminal, &exit_code](CLI::App* sub, const std::function<Status(ApiClient&)>& work) {
    sub->callback([=, &terminal, &exit_code] { exit_code = run(*options, terminal, work); });
  };

  CLI::App* cases = command->add_subcommand("case", "proofing cases / 本人確認の審査");
  cases->require_subcommand(1);
  cases->fallthrough();
  deed(cases->add_subcommand("list", "cases that wait for a decision"), [&terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/cases"));
    show_list(terminal, answer.body);
    return {};
  });
  CLI::App* show = cases->add_subcommand("show", "one case with its findings; the look is recorded");
  show->add_option("case_id", options->case_id)->required();
  deed(show, [=, &terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/cases/" + options->case_id));
    show_case(terminal, answer.body);
    return {};
  });
  CLI::App* approve = cases->add_subcommand("approve", "approve; two different people must");
  approve->add_option("case_id", options->case_id)->required();
  deed(approve, [=, &terminal](ApiClient& client) -> Status {
    options->reason_code = "all_checks_passed";
    return decide(client, terminal, *options, "approve");
  });
  CLI::App* reject = cases->add_subcommand("reject", "reject with a reason code");
  reject->add_option("case_id", options->case_id)->required();
  reject->add_option("--reason", options->reason_code)->required();
  deed(reject, [=, &terminal](ApiClient& client) { return decide(client, terminal, *options, "reject"); });
  CLI::App* ask_again = cases->add_subcommand("ask-again", "ask for photos, with a reason code");
  ask_again->add_option("case_id", options->case_id)->required();
  ask_again->add_option("--reason", options->reason_code)->required();
  deed(ask_again, [=, &terminal](ApiClient& client) { return decide(client, terminal, *options, "ask_again"); });

  CLI::App* partners = command->add_subcommand("partner", "organisations that may ask / 提供先");
  partners->require_subcommand(1);
  partners->fallthrough();
  CLI::App* add = partners->add_subcommand("register", "register a partner from its application (JSON)");
  add->add_option("file", options->file)->required();
  deed(add, [=, &terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const std::string application, read_text_file(options->file));
    MIBUN_TRY(const auto answer, client.send("POST", "/api/v1/staff/partners", application));
    terminal.line(text_of(answer.body, "partner_id") + "  " + text_of(answer.body, "client_id"));
    return {};
  });
  deed(partners->add_subcommand("list", "registered partners"), [&terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/partners"));
    for (const json::Value& row : answer.body.at("partners").as_array()) {
      terminal.line(text_of(row.as_object(), "partner_id") + "  " + text_of(row.as_object(), "client_id"));
    }
    return {};
  });

  CLI::App* readers = command->add_subcommand("reader", "partners' devices that ask at close range / 読み取り機");
  readers->require_subcommand(1);
  readers->fallthrough();
  deed(readers->add_subcommand("list", "readers whose certificates have not run out"),
       [&terminal](ApiClient& client) -> Status {
         MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/readers"));
         show_readers(terminal, answer.body);
         return {};
       });
  CLI::App* revoke = readers->add_subcommand("revoke", "a device was lost or stolen; this is not taken back");
  revoke->add_option("reader_id", options->reader_id)->required();
  deed(revoke, [=, &terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer, client.send("POST", "/api/v1/staff/readers/" + options->reader_id + "/revocation"));
    terminal.line(std::string(terminal.say({"Revoked at ", "失効日時: "})) + text_of(answer.body, "revoked_at"));
    return {};
  });

  CLI::App* reports = command->add_subcommand("report", "what people report about organisations / 通報");
  reports->require_subcommand(1);
  reports->fallthrough();
  deed(reports->add_subcommand("list", "newest first; nothing of what they say"),
       [&terminal](ApiClient& client) -> Status {
         MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/reports"));
         for (const json::Value& row : answer.body.at("reports").as_array()) {
           terminal.line(text_of(row.as_object(), "report_id") + "  " + text_of(row.as_object(), "at"));
         }
         return {};
       });
  CLI::App* read = reports->add_subcommand("show", "one report; the look is recorded");
  read->add_option("report_id", options->report_id)->required();
  deed(read, [=, &terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/reports/" + options->report_id));
    show_report(terminal, answer.body);
    return {};
  });
  CLI::App* inquiries = command->add_subcommand("inquiry", "what people ask the operator / お問い合わせ");
  inquiries->require_subcommand(1);
  inquiries->fallthrough();
  deed(inquiries->add_subcommand("list", "without an answer first; nothing of what they say"),
       [&terminal](ApiClient& client) -> Status {
         MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/inquiries"));
         for (const json::Value& row : answer.body.at("inquiries").as_array()) {
           const json::Object& found = row.as_object();
           terminal.line(text_of(found, "inquiry_id") + "  " + text_of(found, "asked_at") + "  " +
                         text_of(found, "state"));
         }
         return {};
       });
  CLI::App* look = inquiries->add_subcommand("show", "one inquiry; the look is recorded");
  look->add_option("inquiry_id", options->inquiry_id)->required();
  deed(look, [=, &terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/inquiries/" + options->inquiry_id));
    show_inquiry(terminal, answer.body);
    return {};
  });
  CLI::App* reply = inquiries->add_subcommand("answer", "answer, once; the person gets a notice");
  reply->add_option("inquiry_id", options->inquiry_id)->required();
  CLI::Option_group* words = reply->add_option_group("answer", "one of them");
  words->add_option("--text", options->text, "the answer");
  words->add_option("--file", options->file, "or a file that has it");
  words->require_option(1);
  deed(reply, [=, &terminal](ApiClient& client) { return answer_inquiry(client, terminal, *options); });

  CLI::App* notices = command->add_subcommand("notice", "what everybody is told / お知らせ");
  notices->require_subcommand(1);
  notices->fallthrough();
  CLI::App* publish = notices->add_subcommand("publish", "tell everybody, at once; wallets show it on every screen");
  publish->add_option("--kind", options->kind)->required()->check(CLI::IsMember({"incident", "maintenance", "change"}));
  publish->add_option("--ja", options->ja, "in Japanese")->required();
  publish->add_option("--en", options->en, "in English")->required();
  publish->add_option("--until", options->until, "2026-11-23T12:00:00+09:00; without it until it is withdrawn");
  deed(publish, [=, &terminal](ApiClient& client) { return publish_notice(client, terminal, *options); });
  CLI::App* withdraw = notices->add_subcommand("withdraw", "it no longer holds");
  withdraw->add_option("notice_id", options->notice_id)->required();
  deed(withdraw, [=, &terminal](ApiClient& client) -> Status {
    MIBUN_TRY(const auto answer,
              client.send("POST", "/api/v1/staff/public-notices/" + options->notice_id + "/withdrawal"));
    terminal.line(std::string(terminal.say({"Withdrawn at ", "取り下げ日時: "})) +
                  text_of(answer.body, "withdrawn_at"));
    return {};
  });
  deed(notices->add_subcommand("list", "what was published, by whom, and withdrawn"),
       [&terminal](ApiClient& client) -> Status {
         MIBUN_TRY(const auto answer, client.send("GET", "/api/v1/staff/public-notices"));
         show_notices(terminal, answer.body);
         return {};
       });

  add_legal_hold_commands(*command, terminal, deed, options->client.client_id);

  CLI::App* key = command->add_subcommand("key", "make a key file; prints the public key to hand in");
  key->add_option("file", options->file)->required();
  key->callback([=, &terminal, &exit_code] { exit_code = make_key(options->file, terminal); });
}

}  // namespace mibun::cli
