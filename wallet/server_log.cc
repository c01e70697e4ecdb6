#include "wallet/server_log.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/tlog/checkpoint.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

// Its name stands in trust.cc too: a wallet that registers anew begins with nothing seen.
constexpr std::string_view kRecord = "server_log";

Result<std::string> fetch(Http& http, std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  MIBUN_TRY(HttpResponse response, http.send(request));
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, std::to_string(response.status));
  return std::move(response.body);
}

// A person hears one thing of whatever is wrong with what the server shows.
Result<tlog::SignedCheckpoint> open_checkpoint(std::string_view note, const tlog::VerifierKey& log) {
  auto opened = tlog::SignedCheckpoint::open(note, log);
  if (!opened) return fail(ErrorCode::log_proof_invalid, "checkpoint", opened.error().detail);
  return opened;
}

Result<tlog::Proof> fetch_proof(Http& http, const std::string& origin, std::uint64_t from, std::uint64_t to) {
  MIBUN_TRY(const std::string body,
            fetch(http, origin + "/log/proof/consistency?from=" + std::to_string(from) + "&to=" + std::to_string(to)));
  MIBUN_TRY(const json::Object object, json::parse_object(body));
  json::ObjectReader reader(object, "proof");
  MIBUN_TRY(const json::Array* list, reader.array("proof"));
  MIBUN_TRY(const auto texts, json::string_array(*list, "proof"));
  if (texts.size() > tlog::kProofHashesMax) return fail(ErrorCode::log_proof_invalid, "proof", "too long");
  tlog::Proof proof;
  for (const std::string& text : texts) {
    const auto bytes = base64::decode(text);
    tlog::Hash hash{};
    if (!bytes || bytes->size() != hash.size()) return fail(ErrorCode::log_proof_invalid, "proof", "no hash");
    std::ranges::copy(*bytes, hash.begin());
    proof.push_back(hash);
  }
  return proof;
}

}  // namespace

Result<std::optional<ServerLog>> look_at_server_log(const Host& host, const std::string& origin) {
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  if (!trust.log) return std::optional<ServerLog>();
  MIBUN_TRY(const std::string note, fetch(host.http, origin + "/log/checkpoint"));
  MIBUN_TRY(const auto next, open_checkpoint(note, *trust.log));
  ServerLog look{.entries_before = {}, .entries = next.head().size};

  const auto kept = host.store.read(kRecord);
  if (!kept && kept.error().code != ErrorCode::not_found) return std::unexpected(kept.error());
  if (kept) {
    MIBUN_TRY(const auto seen, open_checkpoint(*kept, *trust.log));
    look.entries_before = seen.head().size;
    tlog::Proof proof;
    if (seen.head().size > 0 && seen.head().size < next.head().size) {
      MIBUN_TRY(proof, fetch_proof(host.http, origin, seen.head().size, next.head().size));
    }
    MIBUN_CHECK(tlog::check_advance(seen.checkpoint(), next, proof));
  }
  MIBUN_CHECK(host.store.write(kRecord, note));
  return std::optional(look);
}

}  // namespace mibun::wallet
