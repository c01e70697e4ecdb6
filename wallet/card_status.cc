#include "wallet/card_status.h"

#include <algorithm>
#include <map>

#include "core/codecs/url.h"
#include "core/status_list/status_token.h"
#include "wallet/new_card.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

using status_list::StatusReference;
using status_list::VerifiedStatusList;

constexpr seconds kAskAgainMin = std::chrono::minutes(1), kAskAgainMax = std::chrono::hours(24),
                  kAskAgainDefault = std::chrono::hours(1);
constexpr std::string_view kAccept = "application/statuslist+jwt, application/statuslist+cwt";

struct Token {
  status_list::StatusTokenFormat format;
  std::string body;
};

Result<Token> fetch(Http& http, const std::string& uri) {
  MIBUN_CHECK(HttpsUrl::parse(uri));
  HttpRequest request;
  request.url = uri;
  request.headers = {{"Accept", std::string(kAccept)}};
  MIBUN_TRY(HttpResponse response, http.send(request));
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, std::to_string(response.status));
  MIBUN_TRY(const auto format,
            status_list::status_token_format(media_type(response.header("Content-Type").value_or(""))));
  return Token{format, std::move(response.body)};
}

// Who may sign the list of a card.
struct Believed {
  const crypto::TrustAnchors* anchors;
  bool owns_list = false;  // only whose certificate names the list's host
};

std::vector<Believed> believed_for(const Card& card, const TrustList& trust) {
  const bool is_mdoc = card.format == dcql::kMdocFormat;
  std::vector<Believed> believed;
  for (const crypto::TrustedIssuer& row : (is_mdoc ? trust.mdoc_issuers : trust.sd_jwt_issuers).issuers()) {
    if (std::ranges::find(row.types, card.type) == row.types.end()) continue;
    const bool is_named = row.names.empty() || std::ranges::find(row.names, card.issuer) != row.names.end();
    if (is_mdoc || is_named) believed.push_back({&row.anchors});
  }
  if (is_mdoc && !believed.empty()) believed.push_back({&trust.credential_issuers, true});
  return believed;
}

// nullopt: its issuer keeps no list, or says it in a way that nobody here resolves.
Result<std::optional<StatusReference>> reference_of(const Card& card, const UnusedCopy& copy) {
  MIBUN_TRY(const auto held, oid4vp::HeldCard::reopen_stored(card.format, copy.credential));
  if (const auto* sd_jwt = held.sd_jwt()) {
    const auto& said = sd_jwt->status();
    if (!said) return std::optional<StatusReference>();
    return std::optional(StatusReference{.uri = said->uri, .index = said->index, .issuer = sd_jwt->issuer()});
  }
  const auto& status = held.mdoc()->status();
  if (!status || !status->status_list) return std::optional<StatusReference>();
  return std::optional(StatusReference{
      .uri = std::string(status->status_list->uri), .index = status->status_list->index, .issuer = std::nullopt});
}

Result<std::vector<StatusReference>> references_of(CardStore& cards, const Card& card) {
  MIBUN_TRY(const auto copies, cards.unused_copies(card.id));
  std::vector<StatusReference> references;
  for (const UnusedCopy& copy : copies) {
    MIBUN_TRY(const auto reference, reference_of(card, copy));
    if (reference) references.push_back(*reference);
  }
  return references;
}

// What the lists say of all copies of one card.
struct Verdict {
  bool revoked = false, suspended = false;
  std::string failure;  // of the last copy of which nothing can be said
  seconds ask_again_after = kAskAgainMax;

  bool knows() const { return revoked || suspended || failure.empty(); }
  void note(const Status& checked) {
    if (checked) return;
    if (checked.error().code == ErrorCode::status_revoked) {
      revoked = true;
    } else if (checked.error().code == ErrorCode::status_suspended) {
      suspended = true;
    } else {
      failure = to_string(checked.error().code);
      ask_again_after = kAskAgainMin;
    }
  }
};

class Round {
 public:
  Round(const Host& host, const TrustList& trust) : host_(host), trust_(trust) {}

  Verdict ask(const Card& card, const std::vector<StatusReference>& references) {
    Verdict verdict;
    std::map<std::string, Result<Judge>> judges;
    const auto believed = believed_for(card, trust_);
    for (const StatusReference& reference : references) {
      auto judge = judges.find(reference.uri);
      if (judge == judges.end()) judge = judges.emplace(reference.uri, open(reference.uri, believed)).first;
      verdict.note(check(judge->second, reference));
      if (judge->second) {
        const seconds ttl = judge->second->list.time_to_live().value_or(kAskAgainDefault);
        verdict.ask_again_after = std::min(verdict.ask_again_after, std::clamp(ttl, kAskAgainMin, kAskAgainMax));
      }
    }
    return verdict;
  }

 private:
  struct Judge {
    VerifiedStatusList list;
    bool owns_list;
  };

  // Nothing is fetched for a card whose issuer nobody believes any more.
  Result<Judge> open(const std::string& uri, const std::vector<Believed>& believed) {
    if (believed.empty()) return fail(ErrorCode::certificate_untrusted_for_type, "status_list");
    auto token = tokens_.find(uri);
    if (token == tokens_.end()) token = tokens_.emplace(uri, fetch(host_.http, uri)).first;
    if (!token->second) return std::unexpected(token->second.error());
    std::optional<Error> why;
    for (const Believed& one : believed) {
      auto list = VerifiedStatusList::verify(token->second->format, as_bytes(token->second->body),
                                             {.expected_uri = uri, .issuers = *one.anchors}, host_.clock.now());
      if (list) return Judge{std::move(*list), one.owns_list};
      why = std::move(list.error());
    }
    return std::unexpected(std::move(*why));
  }

  static Status check(const Result<Judge>& judge, StatusReference reference) {
    if (!judge) return std::unexpected(judge.error());
    if (judge->owns_list) reference.issuer = reference.uri;
    return judge->list.check(reference);
  }

  const Host& host_;
  const TrustList& trust_;
  std::map<std::string, Result<Token>> tokens_;
};

bool is_asked_about(const Card& card, Instant now) {
  return card.copies_left > 0 && !card.is_expired(now) && card.status.said != CardStatus::Said::revoked;
}

// A clock that went back keeps nobody from asking.
bool has_turn(const CardStatus& status, Instant now) {
  return now >= status.ask_again_at || status.ask_again_at > now + kAskAgainMax;
}

CardStatus after(const CardStatus& before, const Verdict& verdict, Instant now) {
  CardStatus status = before;
  status.ask_again_at = now + verdict.ask_again_after;
  status.failure = verdict.knows() ? "" : verdict.failure;
  if (!verdict.knows()) return status;
  status.checked_at = now;
  status.said = verdict.revoked     ? CardStatus::Said::revoked
                : verdict.suspended ? CardStatus::Said::suspended
                                    : CardStatus::Said::valid;
  return status;
}

// Into the history; nothing where there was no change that a person would want to know.
Result<bool> record_change(const Host& host, const CardStatus& before, const Card& card) {
  if (before.said == card.status.said) return false;
  switch (card.status.said) {
    case CardStatus::Said::revoked:
      MIBUN_CHECK(record_deed(host, "card_revoked", card));
      return true;
    case CardStatus::Said::suspended:
      MIBUN_CHECK(record_deed(host, "card_suspended", card));
      return true;
    case CardStatus::Said::valid:
      if (before.said != CardStatus::Said::suspended) return false;
      MIBUN_CHECK(record_deed(host, "card_valid_again", card));
      return true;
    case CardStatus::Said::nothing:
      return false;
  }
  return false;
}

void note_next(StatusRound& round, Instant at) {
  if (!round.next || at < *round.next) round.next = at;
}

}  // namespace

Result<StatusRound> check_card_status(const Host& host) {
  CardStore cards(host.store, host.keys);
  MIBUN_TRY(auto listed, cards.list());
  const Instant now = host.clock.now();
  std::erase_if(listed, [now](const Card& card) { return !is_asked_about(card, now); });
  StatusRound done;
  std::optional<TrustList> trust;
  std::optional<Round> round;
  for (Card& card : listed) {
    if (!has_turn(card.status, now)) {
      note_next(done, card.status.ask_again_at);
      continue;
    }
    const auto references = references_of(cards, card);
    if (!references || references->empty()) continue;  // a card that cannot be read says so itself, and stops no other
    if (!round) {
      MIBUN_TRY(trust, current_trust(host));
      round.emplace(host, *trust);
    }
    done.asked = true;
    const CardStatus before = card.status;
    card.status = after(before, round->ask(card, *references), now);
    MIBUN_CHECK(cards.keep_status(card, card.status));
    MIBUN_TRY(const bool changed, record_change(host, before, card));
    if (changed) done.changed.push_back(card);
    if (is_asked_about(card, now)) note_next(done, card.status.ask_again_at);
  }
  return done;
}

}  // namespace mibun::wallet
