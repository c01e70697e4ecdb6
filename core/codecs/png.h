#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/picture_size.h"

// The structure of a PNG file (W3C PNG, third edition, section 5), without decoding a pixel: that belongs in a sandbox.
namespace mibun::png {

// The size of the one still picture in `file`: the signature, IHDR, chunks whose check values hold, their image data in
// one row, and IEND as the last bytes. Animations and chunks that a reader must know and we do not are refused. Errors:
// photo_malformed.
Result<PictureSize> read_size(BytesView file);

}  // namespace mibun::png
