#pragma once

#include <string_view>

#include "cli/terminal/terminal.h"
#include "wallet/inquiries.h"

namespace mibun::cli {

// What a person must have read before an inquiry is sent: the country first, then what is kept there and what protects
// it.
void draw_inquiry_terms(const Terminal& terminal, const wallet::InquiryTerms& terms);
// "Keep it in the United States of America? [y/N]"; anything but a yes is no.
bool agree_to_country(const Terminal& terminal, const wallet::InquiryTerms& terms);

void draw_inquiry(const Terminal& terminal, const wallet::Inquiry& inquiry);

}  // namespace mibun::cli
