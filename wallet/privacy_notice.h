#pragma once

#include <span>

#include "wallet/labels.h"

namespace mibun::wallet {

struct NoticePart {
  Label title, text;
};
// What this wallet keeps and what leaves it, in the words that every wallet of ours shows (OpenID4VP 1.0,
// section 15.2).
std::span<const NoticePart> privacy_notice();

}  // namespace mibun::wallet
