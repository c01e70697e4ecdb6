#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/picture_size.h"

// The structure of a JPEG file (ITU-T T.81, annex B), without decoding a pixel: that belongs in a sandbox.
namespace mibun::jpeg {

// The size of the one picture in `file`: SOI, segments with exactly one frame header before the first scan, scans, and
// EOI as the last bytes. Frames as browsers show them: Huffman coded, sequential or progressive, 8 bits, one component
// or three. Errors: photo_malformed.
Result<PictureSize> read_size(BytesView file);

}  // namespace mibun::jpeg
