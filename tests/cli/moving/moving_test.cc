#include <doctest/doctest.h>

#include <filesystem>
#include <iostream>
#include <sstream>

#include "cli/wallet/move_screens.h"
#include "tests/cli/proximity/served.h"

// A wallet in one folder moves to another, each a program that somebody sits in front of. Between terminal and browser:
// tests/browser/moving.mjs.
using namespace served;

namespace {

const std::string kPass(kPassphrase);

bool contains(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

Served& server() {
  static Served served;
  return served;
}

// "mibun wallet ..." of one device.
struct Device {
  explicit Device(std::string its_name) : name(std::move(its_name)) {}
  std::vector<std::string> words(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", "en", "wallet"});
    arguments.insert(arguments.end(), {"--home", server().file(name)});
    return arguments;
  }
  ProcessResult run(std::vector<std::string> arguments, const std::string& input) const {
    return run_process(words(std::move(arguments)), {.input = input, .timeout = std::chrono::seconds(120)});
  }
  void register_it() const {
    const auto done = run({"register", "--server", server().origin(), "--ca", server().ca()}, "y\n" + kPass + kPass);
    REQUIRE(done.exit_code == 0);
  }
  std::string account() const {
    const auto status = run({"status"}, kPass + kPass + kPass);
    const auto at = status.out.find("account: ");
    return at == std::string::npos ? "" : status.out.substr(at + 9, status.out.find('\n', at) - at - 9);
  }
  bool has_account() const { return !account().empty(); }
  std::string name;
};

// The old device, until its code is on the screen.
struct Beginning {
  explicit Beginning(const Device& device) : program(device.words({"move", "begin"})) {
    program.type(kPass + kPass);
    link = program.value_of("move link");
    code = program.value_of("move code");
  }
  // What it says when the new device is there.
  std::string number() { return program.value_of("number"); }
  Running program;
  std::string link, code;
};

std::vector<std::string> join(std::vector<std::string> more = {}) {
  std::vector<std::string> words{"move", "join", "--server", server().origin(), "--ca", server().ca()};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("a wallet moves by its code: one number on both, the account goes along, nothing is left") {
  const Device old{"a-old"}, fresh{"a-new"};
  old.register_it();
  const std::string account = old.account();
  Beginning beginning(old);
  CHECK(contains(beginning.program.out, "\u2588"));  // the picture of the link
  Running joining(fresh.words(join()));
  joining.type(kPass + kPass + beginning.code + "\ny\n");
  const std::string number = joining.value_of("number");
  CHECK(number.size() == 6);
  CHECK(beginning.number() == number);
  CHECK(contains(beginning.program.out, "Terminal"));
  CHECK(!fresh.has_account());  // its person has not agreed yet
  beginning.program.type("y\n" + kPass);
  CHECK(beginning.program.finish() == 0);
  CHECK(beginning.program.value_of("outcome") == "moved");
  CHECK(beginning.program.value_of("left behind") == "0");
  joining.type(kPass);
  CHECK(joining.finish() == 0);
  CHECK(joining.value_of("history") == "brought along");
  CHECK(joining.value_of("left behind") == "0");
  CHECK(!joining.value_of("revocation code").empty());

  CHECK(fresh.account() == account);
  CHECK(contains(fresh.run({"history"}, kPass + kPass).out, "egistered"));
  const auto gone = old.run({"status"}, kPass);
  CHECK(gone.exit_code == 1);
  CHECK(contains(gone.err, "wallet_not_registered"));
  CHECK(!std::filesystem::exists(server().file("a-old") + "/vault.sealed"));
  const auto again = fresh.run(join(), kPass + beginning.code + "\ny\n");
  CHECK(again.exit_code == 1);
  CHECK(contains(again.err, "wallet_already_registered"));
}

TEST_CASE("by the link, and a code that is mistyped is asked for again with its group") {
  const Device old{"b-old"}, fresh{"b-new"}, other{"b-other"};
  old.register_it();
  Beginning beginning(old);
  std::string wrong = beginning.code;
  wrong[10] = wrong[10] == '2' ? '3' : '2';  // in the third group
  const auto mistyped = other.run(join(), kPass + kPass + wrong + "\n");
  CHECK(mistyped.exit_code == 1);
  CHECK(contains(mistyped.err, "group 3"));
  CHECK(!std::filesystem::exists(server().file("b-other") + "/vault.sealed"));  // as if nothing had been tried

  std::string elsewhere = beginning.link;
  elsewhere.replace(elsewhere.find("localhost"), 9, "localhast");
  const auto misled = other.run(join({elsewhere}), kPass + kPass + "y\n");
  CHECK(misled.exit_code == 1);
  CHECK(contains(misled.err, "invalid_argument"));

  Running joining(fresh.words(join({beginning.link})));
  joining.type(kPass + kPass + "y\n");
  CHECK(joining.value_of("number") == beginning.number());
  const auto second = other.run(join({beginning.link}), kPass + kPass + "y\n");
  CHECK(second.exit_code == 1);
  CHECK(contains(second.err, "move_wrong_state"));
  beginning.program.type("y\n" + kPass);
  CHECK(beginning.program.finish() == 0);
  joining.type(kPass);
  CHECK(joining.finish() == 0);
  CHECK(fresh.has_account());
}

TEST_CASE("numbers that are said to differ move nothing, and the new device begins again after a cancel") {
  const Device old{"c-old"}, fresh{"c-new"};
  old.register_it();
  const std::string account = old.account();
  {
    Beginning beginning(old);
    Running joining(fresh.words(join()));
    joining.type(kPass + kPass + beginning.code + "\ny\n");
    joining.value_of("number");
    beginning.number();
    beginning.program.type("n\n");
    CHECK(beginning.program.finish() == 1);
    CHECK(contains(beginning.program.err, "wallet_holder_refused"));
    CHECK(joining.finish() == 1);
    CHECK(contains(joining.err, "move_not_found"));
    CHECK(contains(joining.out, "move cancel"));
  }
  CHECK(old.account() == account);
  CHECK(fresh.run({"move", "join"}, kPass).exit_code == 1);  // it is over, however often it is asked
  const auto cancelled = fresh.run({"move", "cancel"}, kPass);
  CHECK(cancelled.exit_code == 0);
  CHECK(contains(cancelled.out, "outcome: cancelled"));
  CHECK(!std::filesystem::exists(server().file("c-new") + "/vault.sealed"));
  CHECK(fresh.run({"move", "cancel"}, kPass).exit_code == 1);

  Beginning beginning(old);
  Running joining(fresh.words(join()));
  joining.type(kPass + kPass + beginning.code + "\ny\n");
  CHECK(joining.value_of("number") == beginning.number());
}

TEST_CASE("without the passphrase the old device hands nothing over, and its wallet stays") {
  const Device old{"d-old"}, fresh{"d-new"};
  old.register_it();
  Beginning beginning(old);
  Running joining(fresh.words(join()));
  joining.type(kPass + kPass + beginning.code + "\ny\n");
  joining.value_of("number");
  beginning.number();
  beginning.program.type("y\nnot the passphrase\n");
  CHECK(beginning.program.finish() == 1);
  CHECK(contains(beginning.program.err, "wallet_user_verification_failed"));
  CHECK(old.has_account());
  CHECK(!contains(joining.out, "outcome: moved"));
  CHECK(old.run({"move", "cancel"}, kPass).exit_code == 0);
  CHECK(joining.finish() == 1);
}

TEST_CASE("a new device whose program was ended goes on where it was") {
  const Device old{"e-old"}, fresh{"e-new"};
  old.register_it();
  const std::string account = old.account();
  Beginning beginning(old);
  std::string number;
  {
    Running joining(fresh.words(join()));
    joining.type(kPass + kPass + beginning.code + "\ny\n");
    number = joining.value_of("number");
  }  // killed
  beginning.number();
  beginning.program.type("y\n" + kPass);
  CHECK(beginning.program.finish() == 0);
  Running again(fresh.words({"move", "join"}));
  again.type(kPass);
  CHECK(again.value_of("number") == number);
  CHECK(again.finish() == 0);
  CHECK(fresh.account() == account);
}

TEST_CASE("a folder that has a wallet takes no other one in, and one without a server needs to be told of one") {
  const Device here{"f"};
  here.register_it();
  const auto taken = here.run(join(), kPass + "\n");
  CHECK(taken.exit_code == 1);
  CHECK(contains(taken.err, "wallet_already_registered"));
  const auto nowhere = Device{"f-none"}.run({"move", "join"}, kPass + kPass);
  CHECK(nowhere.exit_code == 1);
  CHECK(contains(nowhere.err, "wallet_not_registered"));
  CHECK(here.has_account());
}

TEST_CASE("what stayed behind is told on both devices, in both languages") {
  for (const auto& [language, words] :
       {std::pair{cli::Language::english, "too many to take along"}, {cli::Language::japanese, "移せませんでした"}}) {
    const cli::Terminal terminal(language);
    for (const std::size_t count : {std::size_t{0}, std::size_t{7}}) {
      std::ostringstream out;
      std::streambuf* const screen = std::cout.rdbuf(out.rdbuf());
      cli::draw_moved(terminal, {.left_behind = count});
      cli::draw_arrived(terminal, {.revocation_code = "x", .brought_history = true, .left_behind = count});
      std::cout.rdbuf(screen);
      const std::string line = "left behind: " + std::to_string(count) + "\n";
      CHECK(out.str().find(line) != out.str().rfind(line));
      CHECK((out.str().find(words) != std::string::npos) == (count > 0));
    }
  }
}
