#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal/terminal.h"
#include "core/oid4vci/wallet_flow.h"
#include "core/receipt/receipt.h"
#include "wallet/choosing.h"
#include "wallet/history.h"
#include "wallet/issuance.h"
#include "wallet/labels.h"
#include "wallet/presentation.h"
#include "wallet/proofing.h"

// What the terminal wallet draws: text in, lines out.
namespace mibun::cli {

// Text of somebody else made safe to print: no control characters, no escape sequences, no characters that turn the
// direction of writing or break lines.
std::string printable(std::string_view text);

std::string pick(const Terminal& terminal, const wallet::Label& label);
std::string pick(const Terminal& terminal, const oid4vp::LocalizedText& text);
// "  name  value", the name dimmed.
void draw_row(const Terminal& terminal, std::string_view name, std::string_view value);

// What a registrar says of a partner that asks: why, for how long it keeps what it gets, and what else to know.
struct Terms {
  const oid4vp::LocalizedText& purpose;
  const oid4vp::Retention& retention;
  const oid4vp::LocalizedText& cautions;
};
void draw_terms(const Terminal& terminal, const Terms& terms);

// `choosing`: what is shared when the person says yes.
void draw_consent(const Terminal& terminal, const wallet::ConsentQuestion& question, const wallet::Choosing& choosing);
// Before anything else of a request that came from another device.
void draw_website_check(const Terminal& terminal, const oid4vp::AskHolder& ask);
void draw_missing(const Terminal& terminal, const wallet::ConsentQuestion& question);
void draw_card(const Terminal& terminal, const wallet::Card& card, Instant now);
// Why its issuer keeps it from being used, and what to do; nothing of another card.
void draw_stopped(const Terminal& terminal, const wallet::Card& card);
void draw_claims(const Terminal& terminal, const std::vector<sd_jwt::HeldClaim>& claims);
void draw_findings(const Terminal& terminal, const std::vector<wallet::Finding>& findings);
void draw_history(const Terminal& terminal, const wallet::HistoryView& view);
std::string history_json(const wallet::HistoryView& view);
void draw_receipt(const Terminal& terminal, const receipt::CheckedReceipt& receipt);

}  // namespace mibun::cli
