#pragma once

#include <memory>
#include <string>

#include "cli/demo/child.h"
#include "cli/terminal/terminal.h"
#include "cli/world/world.h"
#include "core/crypto/hash.h"
#include "platform/http/client.h"

namespace mibun::cli {

// The life story, told by running this program's own commands against the demonstration server over HTTPS. Each
// chapter says what happens and checks that it did; the first check that fails ends the story.
class Story {
 public:
  Story(const Terminal& terminal, DemoWorld world, std::string origin);

  // Errors: internal_error with the place where the story went another way; those of what it does itself.
  Status tell();

 private:
  // One command as a person would type it; its output is shown indented. Another exit code than expected ends the
  // story.
  Result<Finished> command(std::vector<std::string> arguments, const std::string& input, int expected_exit = kExitOk,
                           bool show = true);
  Result<Finished> wallet(std::vector<std::string> arguments, const std::string& input, int expected_exit = kExitOk,
                          bool show = true);
  Result<Finished> reviewer(const std::string& name, std::vector<std::string> arguments, int expected_exit = kExitOk);
  Result<Finished> shop(std::vector<std::string> arguments, int expected_exit = kExitOk);
  void chapter(const Text& title);
  void fact(const Text& text) const;                        // a check that held
  Status require(bool held, std::string_view where) const;  // else the story ends here

  Status registration();
  Status proof_of_identity();
  Status receiving();
  Status asking();
  Status consent();
  Status another_device();
  Status receipts();
  Status history();
  Status disappearing();

  const Terminal& terminal_;
  DemoWorld world_;
  std::string origin_, ca_file_, home_, trust_file_, trust_json_;
  SystemClock clock_;
  crypto::SystemRng rng_;
  std::unique_ptr<http::Client> client_;
  int chapter_ = 0;
  std::string case_id_, request_id_, wallet_link_, session_secret_, response_code_;
};

}  // namespace mibun::cli
