#pragma once

#include "core/base/time.h"

namespace mibun::proximity {

inline constexpr seconds kSessionTime{300};      // from the shown QR code to the end, whatever happens
inline constexpr seconds kFirstMessageTime{60};  // from the connection to the reader's first message
inline constexpr seconds kConfirmationTime{10};  // from the sent answer to the reader's good-bye

}  // namespace mibun::proximity
