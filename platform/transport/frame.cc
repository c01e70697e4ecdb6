#include "platform/transport/frame.h"

namespace mibun::transport {

Bytes frame(BytesView message) {
  MIBUN_INVARIANT(!message.empty() && message.size() <= proximity::kMessageBytesMax);
  Bytes framed;
  framed.reserve(kFrameHeadBytes + message.size());
  for (const int shift : {24, 16, 8, 0}) framed.push_back(static_cast<std::uint8_t>(message.size() >> shift));
  framed.insert(framed.end(), message.begin(), message.end());
  return framed;
}

std::size_t FrameReader::length() const {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kFrameHeadBytes; ++i) length = length << 8 | arrived_[i];
  return length;
}

std::size_t FrameReader::wanted() const {
  if (arrived_.size() < kFrameHeadBytes) return kFrameHeadBytes - arrived_.size();
  return kFrameHeadBytes + length() - arrived_.size();
}

Status FrameReader::feed(BytesView piece) {
  MIBUN_INVARIANT(piece.size() <= wanted());
  arrived_.insert(arrived_.end(), piece.begin(), piece.end());
  if (arrived_.size() != kFrameHeadBytes) return {};
  if (length() >= 1 && length() <= proximity::kMessageBytesMax) return {};
  return fail(ErrorCode::wallet_connection_lost, "frame", "the other end sent a length that no message has");
}

std::optional<Bytes> FrameReader::take() {
  if (wanted() > 0) return std::nullopt;
  Bytes message(arrived_.begin() + kFrameHeadBytes, arrived_.end());
  arrived_.clear();
  return message;
}

}  // namespace mibun::transport
